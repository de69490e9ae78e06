# Письма. Строки с отступом принадлежат тексту над ними; пустая строка остаётся пустой.

letter-reset-subject = Новый пароль
letter-reset-text =
    Здравствуйте!

    Кто-то, вероятно вы, попросил новый пароль для учётной записи с этим адресом. По этой ссылке можно его выбрать; она работает один раз и в течение часа:

    { $url }

    Если это были не вы, просто не отвечайте на это письмо: ничего не изменилось.

letter-gift-subject = { $from } дарит вам музыку в магазине { $shop }
letter-gift-text =
    Здравствуйте!

    { $from } дарит вам { $amount } на музыку в магазине { $shop }. Вот ваш код:

    { $code }

    Или откройте эту ссылку, войдите или зарегистрируйтесь и нажмите кнопку:

    { $url }
letter-gift-failed-subject = Ваш подарок не удалось доставить
letter-gift-failed-text =
    Здравствуйте!

    Ваш подарок на { $amount } для { $recipient } не удалось доставить. Код остановлен, деньги вернулись на ваш баланс.
letter-payment-inquiry = Банк запрашивает сведения о платеже
letter-payment-dispute-open = Платёж оспорен: ответьте у платёжной системы
letter-payment-dispute-won = Спор о платеже выигран
letter-payment-dispute-lost = Спор о платеже проигран
letter-payment-second-payment = По одному пополнению пришёл второй платёж; он тоже зачислен
letter-payment-wrong-currency = Пришли деньги не в той валюте; они не зачислены
letter-payment-refund-failed = Возврат не дошёл
letter-payment-refund-by-hand = Возврат ждёт, пока вы его отправите
letter-payment-given-back-elsewhere = Платёжная система вернула деньги, хотя здесь об этом не просили
letter-payment-card-refused = Карта использована сверх её пределов; деньги возвращаются
letter-payment-amount = Сумма: { $amount } { $currency }
letter-payment-listener = Слушатель: { $email }
letter-payment-names = Пополнение { $topup }: { $detail }

# Слушателям, о деньгах, которые вернулись.
letter-refund-sent = Мы отправили вам обратно { $amount }
letter-refund-sent-body = Мы вернули { $amount } из вашего пополнения туда, откуда пришли деньги. Банк может показать их через несколько дней.
letter-refund-failed = { $amount } снова у вас на балансе
letter-refund-failed-body = Отправить вам деньги не удалось. { $amount } снова на вашем балансе.
letter-credit-note = На баланс вернулось { $amount }
letter-credit-note-body = Из уплаченного за заказ на баланс вернулось { $amount }. Документ о возврате — на странице заказа.
letter-money-reason = Причина: { $reason }
