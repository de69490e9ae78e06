# Книги оператора: объём платежей, пробный баланс.

operator-volume = Объём платежей
operator-volume-about = Сколько внесено, возвращено и потрачено, по месяцам и странам.
volume-range = { $from } – { $until }
volume-lead = Платёж относится к стране, выпустившей карту, а если она не известна — к той, откуда платили. Траты относятся к стране, налогом которой обложена покупка. Ваучеры и подарки магазина — не платежи: во внесённом и возвращённом их нет, в потраченном они есть.
volume-empty = В эти месяцы ничего не вносили и не тратили.
volume-payments = Платежей
volume-paid-in = Внесено
volume-refunded = Возвращено
volume-disputed = Оспорено
volume-net = Осталось
volume-spent = Потрачено
volume-none = В эти месяцы никто ничего не вносил.
volume-by-month = Внесено по месяцам
volume-by-country = Внесено по странам
volume-earlier = Предыдущие месяцы

operator-ledger = Главная книга
operator-ledger-about = Пробный баланс: сколько на каждом счёте.
ledger-now = Сейчас
ledger-at = На { $moment }
ledger-lead = Каждая проводка берёт с одних счетов столько, сколько даёт другим, поэтому обе стороны равны. Счета слушателей сложены вместе.
ledger-moment = На начало дня или на момент
ledger-moment-hint = Например, 2026-11-01 или 2026-11-01T12:00:00Z; пусто — на сейчас
ledger-show = Показать
ledger-empty = Проводок нет.
ledger-off = Стороны расходятся на { $amount }. Запустите gramovar audit: он назовёт, что не так.
ledger-account = Счёт
ledger-whose = Чей
ledger-owes = Долг или доход
ledger-has = В наличии, отдано или причитается нам
ledger-listeners = { $n ->
    [one] { $shown } слушатель
    [few] { $shown } слушателя
   *[other] { $shown } слушателей
}
account-balance = Внесённые деньги на балансе
account-promotional = Подарено магазином
account-voucher = Деньги с ваучеров
account-held = Внесённое, отложенное под заказы
account-held-promotional = Подаренное, отложенное под заказы
account-held-voucher = С ваучеров, отложенное под заказы
account-frozen = Заморожено из-за споров
account-receivable = Долги слушателей
account-top-up-clearing = У платёжной системы
account-refunds = Возвраты в пути
account-disputes = Списано из-за споров
account-tax-prepaid = Налог, начисленный по непогашенным ваучерам
account-write-off = Списано в убыток
account-voucher-liability = Непогашенные ваучеры
account-voucher-clearing = Выдано ваучерами
account-operator-credit = Расходы на подаренное
account-revenue = Выручка
account-tax = Налог к уплате
account-payable = Причитается правообладателям
account-paid = Выплачено правообладателям
refusal-moment-malformed = Напишите день, например 2026-11-01, или момент, например 2026-11-01T12:00:00Z.

paper-reason-refund = Магазин вернул цену или её часть.
entry-price-back = Возврат цены
entry-transferred = Перенос между балансами
entry-expired = Подаренное, не потраченное вовремя
downloads-again = Купить ещё раз
