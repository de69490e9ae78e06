# Всё, что страницы говорят по-русски. $n — число, по которому выбирается форма, $shown — то же число, как оно пишется.

language-name = Русский
language-en = английский
language-ru = русский

## Вокруг каждой страницы

skip-to-content = К содержанию
search-label = Поиск музыки
search-placeholder = Исполнитель, альбом
search-button = Найти
nav-person = Личное
nav-menu = Меню
nav-browse = Каталог
nav-footer = Ещё
nav-language = Язык
nav-pages = Страницы
footer-promise = { $storefront }: музыка в том формате, который выберете вы. Ваша навсегда и без DRM.
pager-first = В начало
pager-next = Дальше

notice-owned-already = Всё это у вас уже есть в этом формате, поэтому второй покупки не было. Вот файлы.
notice-in-album-already = Уже в корзине — вместе с альбомом.
notice-added-to-basket = Добавлено в корзину.
notice-removed-from-basket = Убрано из корзины.
notice-voucher-redeemed = Баланс пополнен на { $amount }.
notice-discount-redeemed = Ваучер принят: скидка применится к следующему заказу сама.
notice-gift-bought = Подарок отправляется или ждёт своего дня.
notice-gift-cancelled = Подарок отменён, деньги вернулись на баланс.
notice-order-placed = Спасибо! Файлы уже готовятся, скачивать можно прямо сейчас.
notice-password-changed = Пароль изменён.
notice-settings-saved = Сохранено.
notice-signed-out = Вы вышли.
notice-signed-out-everywhere = Вы вышли на всех устройствах.
notice-welcome = Добро пожаловать! Всё готово.

tracks-count = { $n ->
    [one] { $shown } трек
    [few] { $shown } трека
   *[many] { $shown } треков
}
releases-count = { $n ->
    [one] { $shown } релиз
    [few] { $shown } релиза
   *[many] { $shown } релизов
}

## Главная, поиск, исполнитель, списки

home-title = Музыка, которая остаётся
home-lead = Выберите формат, узнайте цену до оплаты и сохраните файлы навсегда.
home-new = Новинки
home-all-releases = Все релизы
home-genres = Жанры
home-empty = Пока ничего не продаётся. Первый релиз появится здесь.

search-title = Поиск
search-results = Нашлось по запросу «{ $query }»
search-kinds = Что искать
search-all = Всё
search-releases = Релизы
search-artists = Исполнители
search-tracks = Треки
search-labels = Лейблы
search-suggestions = Подсказки
search-an-artist = исполнитель
search-a-label = лейбл
search-a-release = релиз
search-a-track = трек
search-no-words = Наберите имя или название в поле наверху.
search-by-sound = Точных совпадений с «{ $query }» нет. Вот что звучит похоже.
search-by-keys = По запросу «{ $query }» ничего нет. Вот что получается в другой раскладке клавиатуры.
search-by-typos = Точных совпадений с «{ $query }» нет. Вот похожее.
search-by-some-words = Все слова запроса «{ $query }» вместе не встречаются. Вот где есть часть из них.
search-all-results = Показать все результаты
search-nothing = Попробуйте убрать часть слов или набрать только начало слова.

artist-kicker = Исполнитель
artist-releases = Релизы
artist-appearances = Участие в других релизах
artist-no-releases = Сейчас у этого исполнителя ничего не продаётся.

listing-newest = Новинки
listing-empty = Сейчас здесь пусто.

## Релиз

release-released = Вышел
release-label = Лейбл
release-genre = Жанр
release-master = Мастер
release-gtin = Штрихкод
medium-title = Диск { $number }
format-label = Формат
format-class-lossy = Компактные
format-class-lossless = Без потерь
format-class-hires = Высокое разрешение
format-show-prices = Показать цены
price-per-megabyte = { $price } за мегабайт звука.
price-range-promise = Точный размер станет известен позже; больше верхней цены вы не заплатите.
price-unavailable = В этом формате недоступно. Выберите, пожалуйста, другой.
price-failed = Не удалось узнать цену. Попробуйте ещё раз.
price-up-to = до { $price }
buy-album = Купить альбом
buy-track = Купить
buy-track-named = Купить «{ $title }»
basket-add = В корзину
basket-add-named = Добавить «{ $title }» в корзину
basket-owned = Это у вас уже есть в этом формате.
basket-owned-text = Покупать второй раз ничего не нужно; выше можно выбрать другой формат.
basket-owned-files = К файлам
in-basket-named = «{ $title }» уже в корзине
item-within = Входит в альбом
in-basket = Уже в корзине
preview-named = Послушать отрывок: «{ $title }»
track-from = из «{ $release }»

## Корзина и покупка

basket-title = Корзина
buy-title = Покупка
basket-empty = В корзине пока пусто.
basket-look-around = Посмотреть новинки
basket-remove = Убрать
basket-remove-named = Убрать «{ $title }»
basket-code = Промокод
basket-code-use = Применить
basket-code-applies = Промокод учтён.
basket-code-idle = Промокод верен, но к этим товарам не относится.
basket-sum = Итог
basket-size = Размер
basket-total = Всего
basket-balance = Ваш баланс
basket-balance-after = Останется
basket-missing = Не хватает { $missing }.
basket-missing-text = Пополните баланс: корзина никуда не денется.
basket-redeem = Пополнить баланс
basket-sign-in = Войти и купить
basket-no-account = Вы здесь впервые?
basket-buy = Купить, не дороже { $price }
basket-buy-exact = Купить за { $price }
basket-at-once = Файлы начнут готовиться сразу после покупки.
basket-consent = Покупая, вы соглашаетесь получить их немедленно.
basket-no-total = Не всё здесь доступно в формате { $format }. Выберите другой или уберите то, что не подходит.

reason-per-megabyte = { $price } за мегабайт
reason-fixed = { $price } за трек, сколько бы он ни весил
reason-fixed-release = { $price } по твёрдой цене альбома, сколько бы он ни весил
reason-off = −{ $rate }: { $amount }
reason-discount = { $why } ({ $off })
reason-spent = За покупки от { $spent }
reason-code = Промокод
reason-first-order = Скидка за первый заказ
reason-happy-hour = Счастливый час
reason-means = За способ пополнения
reason-promotion = Акция
reason-voucher = Ваш ваучер
reason-capped = Скидки ({ $asked }) ограничены третью цены ({ $off })
reason-floor = Минимальная цена правообладателя: +{ $raised }
reason-paid-before = У вас уже есть { $format }: вы платите разницу (−{ $paid })
reason-owned = Это уже ваше: бесплатно и навсегда
reason-tax-included = Включая налог { $rate }: { $tax }
reason-tax-added = Налог { $rate }: +{ $tax }
reason-size-unknown = Размер примерный; больше верхней цены вы не заплатите
reason-made-before = Размер известен

## Баланс

balance-title = Баланс
balance-held = Ещё { $amount } отложено на файлы, которые готовятся.
balance-promotional = Подарено магазином, тратится первым
balance-voucher = С ваучеров
balance-purchased = Внесено вами
voucher-title = Пополнить ваучером
voucher-code = Код ваучера
voucher-hint = Дефисы и заглавные буквы не важны.
voucher-redeem = Пополнить
redeem-for-release = Этот ваучер — на релиз
redeem-format-hint = Форматы, которые стоят здесь не больше { $most }; ваучер оплачивает всё.
redeem-no-format = Сейчас ни один формат не укладывается в { $most }. Напишите в магазин: ваучер остаётся в силе.
redeem-release = Получить в этом формате
entries-title = История баланса
entries-empty = Пока ничего не происходило.
entries-when = Дата
entries-what = Операция
entries-amount = Сумма
entries-balance = Баланс
entry-voucher-redeemed = Ваучер
entry-release-redeemed = Ваучер на релиз
entry-gift = Подарок
entry-gift-returned = Подарок возвращён
entry-credited = Начислено магазином
entry-held = Отложено
entry-held-paid = Оплачено
entry-held-partly-paid = Оплачено частично
entry-held-returned = Отложенное вернулось
entry-charged = Списано за файлы
entry-released = Вернулся остаток
entry-refunded = Возврат

## Загрузки и заказы

downloads-title = Мои загрузки
downloads-lead = Скачивать можно уже сейчас: файл, который ещё готовится, придёт по мере готовности.
downloads-empty = Здесь пока пусто. Всё, что вы купите, останется здесь навсегда.
downloads-all-links = Все ссылки списком (.txt)
downloads-links = Ссылки списком (.txt)
downloads-zip = Скачать всё одним ZIP
downloads-remade = Сделано заново более новым кодировщиком, бесплатно.
downloads-refunded = На баланс вернулось { $amount }.
downloads-failed = Этот файл сделать не удалось. Деньги вернулись на баланс.
state-queued = В очереди
state-encoding = Готовится
state-ready = Готов
state-failed = Не получилось
state-refunded = Деньги возвращены

orders-title = Заказы
orders-empty = Заказов пока нет.
orders-order = Заказ
orders-state = Состояние
orders-price = Цена
order-title = Заказ { $id }
order-number = Заказ { $id }
order-track = Трек
order-charged = Оплачено
order-held = Отложено
order-zip = { $title } одним ZIP
order-bytes-hint = Размер — это сам звук: платите вы только за него. Теги и обложка бесплатны.
order-state-held = Выполняется
order-state-charged = Оплачен
order-state-part-charged = Оплачен частично
order-state-refunded = Деньги возвращены

## Учётная запись

field-email = Электронная почта
field-password = Пароль
field-new-password = Новый пароль
field-present-password = Текущий пароль
field-password-hint = Не меньше { $n ->
    [one] { $shown } символа
   *[many] { $shown } символов
}. Хорошо подойдут несколько случайных слов.

sign-up-title = Регистрация
sign-up-lead = Нужны только почта и пароль.
sign-up-button = Зарегистрироваться
sign-up-have-account = Уже зарегистрированы?
sign-in-title = Вход
sign-in-button = Войти
sign-in-forgot = Забыли пароль?
sign-in-no-account = Вы здесь впервые?
sign-out = Выйти
sign-out-everywhere = Выйти на всех устройствах
reset-title = Новый пароль
reset-lead = Пришлём ссылку, по которой можно задать новый пароль.
reset-button = Прислать ссылку
reset-sent = Если на { $email } есть учётная запись, ссылка уже в пути. Проверьте почту, в том числе папку со спамом.
new-password-title = Задайте новый пароль
new-password-button = Сменить пароль
new-password-again = Прислать новую ссылку

account-title = Профиль
account-settings = Настройки
account-language = Язык писем
account-language-hint = Язык страниц выбирается внизу страницы.
account-save = Сохранить
account-password = Пароль
account-sessions = Где вы вошли
account-sessions-count = { $n ->
    [1] Только здесь.
    [one] На { $shown } устройстве, считая это.
   *[many] На { $shown } устройствах, считая это.
}

## Когда форма не принята

refusal-required = Заполните, пожалуйста, это поле.
refusal-email-malformed = Это не похоже на адрес почты. Проверьте, пожалуйста.
refusal-email-taken = С этим адресом уже есть учётная запись. Войдите или задайте новый пароль.
refusal-credentials-wrong = Неверная почта или пароль. Попробуйте ещё раз.
refusal-password-short = Слишком коротко: нужно не меньше { $n ->
    [one] { $shown } символа.
   *[many] { $shown } символов.
}
refusal-password-long = Слишком длинно: можно не больше { $n ->
    [one] { $shown } символа.
   *[many] { $shown } символов.
}
refusal-password-wrong = Это не ваш текущий пароль.
refusal-amount-malformed = Такая сумма здесь не подходит. Напишите её как 0,02.
refusal-code-used = Этот промокод вы уже использовали.
refusal-code-unknown = Такого промокода нет, или он сейчас не действует.
refusal-voucher-unknown = Такого кода мы не знаем. Проверьте, нет ли опечатки.
refusal-voucher-used = Этот ваучер уже использован.
refusal-voucher-expired = Срок этого ваучера истёк.
refusal-voucher-stopped = Магазин остановил этот ваучер. Спросите того, кто вам его дал.
refusal-voucher-elsewhere = Этот ваучер выпущен другим магазином.
refusal-voucher-abroad = Этот ваучер для покупателей из другой страны. Если вы находитесь в ней, укажите её в реквизитах для документов.
refusal-purchased-short = Подарки оплачиваются только внесёнными деньгами: не хватает { $missing }.
refusal-too-many-gifts = Больше подарков за один день купить нельзя. Возвращайтесь завтра.
refusal-gift-too-late = Этот подарок уже нельзя отменить.
refusal-date-wrong = Выберите день не раньше сегодняшнего и не позже чем через год.
refusal-text-long = { $n ->
    [one] Не больше { $shown } знака.
   *[other] Не больше { $shown } знаков.
 }
refusal-link-expired = Эта ссылка уже использована или устарела. Запросите новую.
refusal-format-unavailable = В этом формате недоступно. Выберите, пожалуйста, другой.
refusal-balance-short = Покупка не состоялась: не хватает { $missing }. Пополните баланс и попробуйте снова.
refusal-price-changed = Покупка не состоялась: цена изменилась. Проверьте, пожалуйста, новую.
refusal-form-expired = Страница была открыта слишком долго. Отправьте форму ещё раз.
refusal-nothing-to-buy = Покупать здесь больше нечего.
refusal-basket-full = Корзина полна: в ней помещается { $n ->
    [one] { $shown } покупка
    [few] { $shown } покупки
   *[many] { $shown } покупок
}. Сначала купите или уберите что-нибудь.
refusal-too-many-attempts = Слишком много попыток. Подождите, пожалуйста, { $n ->
    [one] { $shown } минуту
    [few] { $shown } минуты
   *[many] { $shown } минут
} и попробуйте снова.

## Неполадки

withdrawn-kicker = Больше не продаётся
withdrawn-text = Этого релиза в магазине больше нет.
withdrawn-owned = Всё, что вы в нём купили, остаётся вашим и лежит в «Моих загрузках».
withdrawn-sign-in = Покупали его? Ваши файлы остаются вашими.
withdrawn-more-by = Другое: { $artist }
error-403 = Нет доступа
error-403-text = Это действие вам недоступно. Войдите под другим именем или вернитесь и попробуйте снова.
error-404 = Страница не найдена
error-404-text = По этому адресу ничего нет, или этого больше нет в продаже. Попробуйте поиск или начните с главной.
error-405 = Так не получится
error-405-text = Этот адрес не принимает таких запросов. Начните, пожалуйста, с главной.
error-410 = Больше не действует
error-410-text = Ссылка использована или отозвана. Свежие ссылки ждут вас в «Моих загрузках».
error-429 = Чуть помедленнее, пожалуйста
error-429-text = Слишком много запросов за короткое время.
error-4xx = Не получилось
error-4xx-text = Магазин не смог разобрать этот запрос. Вернитесь и попробуйте снова.
error-500 = Наша ошибка
error-500-text = Что-то сломалось у нас. Дважды ничего не списано; попробуйте ещё раз через минуту.
error-503 = Скоро вернёмся
error-503-text = Магазин занят или перезапускается. Попробуйте, пожалуйста, чуть позже.
error-wait = Подождите, пожалуйста, { $n ->
    [one] { $shown } секунду.
    [few] { $shown } секунды.
   *[many] { $shown } секунд.
}
error-request-id = Если повторится, сообщите магазину этот номер: { $id }
error-stale = Страница слишком долго была открыта
error-stale-text = За это время вы вошли или вышли, возможно, в другой вкладке, поэтому ничего не отправлено. Откройте страницу снова и повторите.
error-back = Открыть страницу снова
error-home = На главную

api-title = API
api-lead = Всё, что умеет магазин, может делать и программа. Каталог открыт без токена, для покупок он нужен. Описание ниже — по-английски.
api-contents = Содержание
api-document = Документ OpenAPI, версия { $version }

## Страницы оператора

operator-title = Управление
operator-menu = Страницы оператора
operator-lead = Изменения действуют со следующего заказа. Всё то же можно задать через API или файлом.
operator-id = Идентификатор
operator-name = Название
operator-storefront = Витрина
operator-tariffs = Тарифы
operator-tariffs-about = Сколько стоит мегабайт: по классам форматов, уровням релизов и срокам.
operator-apply = Задать файлом
operator-apply-about = Вставьте файл настроек, посмотрите, что он изменит, и примените его.
tariffs-lead = Действует самый точный тариф: сначала по уровню и классу, затем по уровню, затем по классу, затем общий.
tariffs-empty = Тарифов пока нет: всё стоит два цента за МБ.
tariff-all = Все
tariff-tier = Уровень
tariff-period = Срок
tariff-price = Цена за МБ
tariff-set = Общая цена
tariff-set-hint = Например, 0,02. Действует с этой минуты для всего, о чём не сказано в других тарифах; прежние заказы сохраняют свою цену.
tariff-set-button = Задать цену
tier-new = Новинки
tier-catalogue = Каталог
tier-free = Бесплатно
tier-by-age = По дате выхода
promotions-title = Акции
promotions-lead = Скидки всех подходящих акций складываются, но не больше трети цены по тарифу. Акции, минимальные и твёрдые цены задаются файлом:
promotion-when = За что
promotion-off = Скидка
promotion-spent = Сумма покупок
promotion-everything = На всё
promotion-once = Каждому слушателю один раз
promotion-means = Пополнение: { $names }
promotion-means-stripe = картой
promotion-means-transfer = банковским переводом
promotion-means-voucher = ваучером
promotion-means-credit = подарено магазином
promotion-genres = Жанры: { $names }
promotion-labels = Лейблы: { $names }
promotion-releases = Релизы: { $names }
promotion-and-more = ещё { $count }
weekday-mon = пн
weekday-tue = вт
weekday-wed = ср
weekday-thu = чт
weekday-fri = пт
weekday-sat = сб
weekday-sun = вс
promotion-rung = { $rate } от { $spent }
floors-title = Минимальные цены
floor-per-track = Не меньше за трек
floor-per-mb = Не меньше за МБ
floor-recording = Запись
release-prices-title = Релизы со своими ценами
release-price-whole = Весь релиз
release-price-track = Отдельный трек
period-always = Всегда
period-from = С { $from }
period-until = До { $until }
period-between = { $from } – { $until }
apply-lead = Тот же файл, что и для «gramovar apply». Он применяется целиком или не применяется вовсе; повторное применение ничего не меняет.
apply-text = Настройки (TOML)
apply-hint = В docs/sample-apply.toml показаны все разделы с пояснениями.
apply-now = Показать всё, что задано сейчас: тарифы, акции, минимальные цены, цены релизов, лицензии, доли, получатели, ваучеры, платежи, налоги, согласия
apply-try = Показать изменения
apply-apply = Применить
apply-simulate = Рассчитать
simulate-legend = Проверить цены на прошлых заказах
simulate-hint = Ничего не меняется: будет показано, сколько стоили бы заказы этих дней по ценам из текста выше.
simulate-from = С
simulate-until = До (не включая)
simulate-no-days = Укажите два дня вида 2026-10-01, второй позже первого.
simulated-title = Прошлые заказы по этим ценам
simulated-lead = Что было заказано с { $from } до { $until } и сколько бы это стоило.
simulated-what = Что
simulated-tracks = Треков
simulated-before = Оплачено
simulated-after = Стоило бы
simulated-change = Разница
simulated-buyers = { $n ->
    [one] Всего { $shown } покупатель
    [few] Всего { $shown } покупателя
   *[many] Всего { $shown } покупателей
}
simulated-dearer = { $n ->
    [one] { $shown } заплатил бы больше
    [few] { $shown } заплатили бы больше
   *[many] { $shown } заплатили бы больше
}
simulated-cheaper = { $n ->
    [one] { $shown } заплатил бы меньше
    [few] { $shown } заплатили бы меньше
   *[many] { $shown } заплатили бы меньше
}
apply-refused = Ничего не применено. Строка { $line }:
apply-would = Изменится
apply-did = Изменено
apply-nothing = Ничего: всё уже так и есть.
apply-new = новое

## Ваучеры на бумаге

sheet-title = Ваучеры { $batch }
sheet-money = { $amount } на музыку
sheet-percent = Скидка { $percent } на следующий заказ
sheet-how-at = Введите код на странице { $address } или наведите на картинку камеру телефона.
sheet-how = Введите код в магазине { $shop }: «Баланс», «Пополнить ваучером».
sheet-until = Действует до { $moment }.
## Отчёты правообладателей

statements-title = Отчёты
statements-lead = Что продано по вашим правам и сколько вам причитается. Каждый месяц закрывается один раз и больше не меняется.
statements-nobody = Для вас отчётов нет. Если вам причитаются отчисления, обратитесь в магазин.
statements-owed = к выплате сейчас
statements-months = Закрытые месяцы
statements-empty = Пока не закрыт ни один месяц.
statements-paid = Выплачено
statement-title = Отчёт
statement-lines = Что продано
statement-month = Месяц
statement-payee = Получатель
statement-from = От кого
statement-number = Номер
statement-closed = Закрыт
statement-brought = Остаток с прошлых месяцев
statement-due = Начислено
statement-owed = К выплате
statement-papers = Файлы
statement-recording = Запись
statement-label = Лейбл
statement-units = Продано
statement-bytes = Байты
statement-gross = Выручка
statement-discount = Скидка
statement-tax = Налог
statement-base = База
statement-rate = Ставка
statement-share = доля
statement-sum = Итого
statement-note = Выручка — цена после скидки вместе с налогом, чем бы она ни была оплачена. Отчисление с каждой продажи округляется до миллионной доли и не бывает меньше минимума по лицензии, поэтому строка может отличаться от произведения базы на ставку. Возвраты вычтены.
paper-csv = CSV
paper-pdf = PDF
paper-dsr = DDEX DSR
payout-reference = Назначение платежа
plot-months = По месяцам
plot-territories = По странам
plot-formats = По форматам
plot-of-territory = Страна
plot-of-format = Формат
plot-due = Начислено
plot-table = То же таблицей
plot-paid-in = Внесено
plot-measure = { $what }, { $currency }
operator-royalties = Отчисления
operator-royalties-about = Получатели, лицензии и доли, отчёты за месяц и выплаты.
royalties-lead = Получатели, лицензии и доли задаются через API или здесь:
royalties-refused = Ничего не сделано.
royalties-none = Пока нет.
royalties-payees = Получатели
royalties-licences = Лицензии
royalties-shares = Доли
royalties-kind = Вид
royalties-reader = Читает отчёты
royalties-minimum = Минимум за трек
royalties-of = На что
royalties-holders = Правообладатели
royalties-close = Закрыть месяц
royalties-close-hint = Например, 2026-10. Более поздние продажи попадут в следующий месяц.
royalties-close-running = Этот месяц ещё не кончился: всё, что продано позже, попадёт в следующий.
royalties-close-earlier = Более ранний месяц ещё открыт: его продажи попадут в отчёты этого, и закрыть его будет уже нельзя.
royalties-close-final = Отменить это нельзя.
royalties-close-sure = Всё равно закрыть
royalties-close-button = Закрыть
royalties-pay = Отметить выплату
royalties-pay-hint = Например, 10,00; не больше, чем причитается.
royalties-pay-button = Отметить
payee-society = Общество
payee-label = Лейбл
payee-artist = Исполнитель
payee-publisher = Издатель
licence-society = Общество
licence-direct = Прямой договор
base-gross = от выручки
base-net = от выручки без налога
shares-track = Трек
shares-isrc = ISRC
shares-release = Релиз
shares-label = Лейбл
shares-storefront = Всё остальное
## Пополнение

topup-heading = Пополнить баланс
topup-owed = Один ваш платёж был отозван после того, как вы его потратили: вы должны магазину { $amount }. Следующее пополнение сначала покроет этот долг.
topup-none = Пополнить баланс сейчас можно только ваучером: другие способы оплаты в вашей стране и валюте пока не подключены.
topup-amount = Сумма
topup-other = Другая сумма
topup-other-amount = Сумма, если другая
topup-between = От { $min } до { $max }.
topup-way = Способ оплаты
topup-voucher-too = Или активируйте ваучер: форма для него на этой же странице.
topup-submit = Продолжить
way-stripe = Карта
way-stripe-hint = и другие способы, на странице платёжной системы Stripe.
way-voucher = Ваучер
way-transfer = Банковский перевод
way-transfer-hint = Вы переводите из своего банка; баланс пополнится, когда деньги придут.
way-bonus = Сверху добавим { $percent } %.
topups-title = Пополнения
topup-state = Состояние
topup-title = Пополнение
topup-pending = Ещё не оплачено.
topup-posted = Зачислено на баланс.
topup-failed = Не состоялось. Если вы что-то заплатили, деньги вернутся туда, откуда пришли.
topup-expired = Вовремя не оплачено. Если деньги придут позже, они всё равно попадут на баланс.
topup-go-and-pay = Перейти к оплате { $amount }
topup-until = До { $until }.
topup-received = Пришло
topup-settled = Из этого ушло на погашение долга
topup-bonus = Сверху в подарок
topup-disputed = Заморожено или списано из-за спора
topup-refunded = Вернулось к вам или в пути
topup-back = Назад к балансу
transfer-how = Как перевести
transfer-reference = Назначение платежа: впишите его в перевод
transfer-to = Кому перевести:
refund-lead = Непотраченное вернётся туда, откуда пришло, и никому другому. Если к нему прилагался бонус, он тоже возвращается.
refund-ask = Вернуть { $amount }
notice-refund-begun = Деньги уже в пути к вам.
entry-topped-up = Пополнение
entry-paid-back = Возврат вам
entry-paid-back-failed = Возврат не дошёл
entry-disputed = Оспоренный платёж
refusal-amount-out-of-range = Пополнить можно на сумму от { $min } до { $max }.
refusal-day-limit = Это больше, чем можно пополнить за сутки. Сегодня осталось { $left }.
refusal-way-not-offered = Этот способ оплаты здесь вам недоступен. Выберите другой.
refusal-provider-busy = Платёжная система сейчас не отвечает. Ничего не списано; попробуйте ещё раз чуть позже.
refusal-provider-refused = Платёжная система отказала. Ничего не списано; выберите другой способ.
refusal-nothing-to-refund = Из этого пополнения не потрачено { $left }.
topup-product = Баланс в { $shop }

operator-payments = Платежи
operator-payments-about = Ожидаемые переводы, возвраты, которые ждут вас, споры и пополнения слушателя.
transfers-title = Ожидаемые переводы
transfers-empty = Переводов не ждём.
refund-came-as = Откуда пришли
refund-topup = Пополнение
refunds-over = Последние завершённые
refund-done = Отправлен
refund-failed = Не отправлен, деньги на балансе
refunds-title = Возвраты, которые отправляете вы
refunds-empty = Отправлять нечего.
transfer-confirm = Пришёл перевод
transfer-arrived = Сколько пришло
transfer-confirm-button = Зачислить на баланс
payment-ref = Как платёж назван в вашем банке
payment-ref-hint = По этому имени платёж учитывается один раз. У второго платежа с тем же назначением имя другое.
refund-was-sent = Отправлено
payment-whose = Чей
refund-why-not = Почему отправить не удалось
refund-not-sent = Вернуть на баланс
disputes-title = Споры
disputes-empty = Платежи никто не оспаривает.
disputes-lead = Отвечать на них нужно в платёжной системе. До решения остаток платежа заморожен.
dispute-frozen = Заморожено или снято
dispute-owed = Долг
dispute-inquiry = Запрос банка
dispute-open = Открыт: ответьте в платёжной системе
dispute-won = Выигран
dispute-lost = Проигран
payments-of = Пополнения слушателя
payments-email = Адрес почты слушателя
payments-look-up = Найти
payments-nobody = Такого адреса здесь нет.
payments-none = Пополнений ещё не было.
refund-amount = Сколько вернуть плательщику
refund-amount-hint = Не потрачено { $amount }. Пустое поле — вернуть всё.
refund-by-operator = Вернуть

## Подарки

gifts-title = Подарки
gifts-lead = Подарите музыку: выберите сумму, напишите пару слов и назначьте день, а мы отправим код письмом.
gifts-given = Ваши подарки
gifts-empty = Пока ни одного.
gift-when = Отправка
gift-recipient = Кому
gift-state = Состояние
gift-amount = Сумма
gift-amount-hint = От 1 до 500, например 10,00.
gift-give = Подарить ваучер
gift-purchased = На подарки идут только внесённые деньги. Сейчас их у вас { $amount }.
gift-recipient-email = Электронная почта получателя
gift-from = От кого
gift-from-hint = Ваше имя, как оно будет стоять в письме.
gift-message = Ваши слова (необязательно)
gift-send-on = День
gift-send-on-hint = Письмо уйдёт в начале дня (UTC); без даты — сразу.
gift-language = Язык письма
gift-button = Купить и отправить
gift-cancel = Отменить
gift-cancel-to = Отменить подарок для { $recipient }
gift-state-waiting = ждёт своего дня
gift-state-sending = отправляется
gift-state-sent = отправлен
gift-state-redeemed = получен и активирован
gift-state-cancelled = отменён
gift-state-failed = не удалось доставить, деньги вернулись

## Ваучеры оператора

operator-vouchers = Ваучеры
operator-vouchers-about = Партии кодов: на деньги, на скидку, на релиз; печать, остановка, поиск.
operator-id-hint = От 1 до 64 знаков: a–z, 0–9 и дефис.
code-lookup = Найти код по серийному номеру
code-lookup-hint = Он напечатан под кодом, например spring-00042.
code-lookup-button = Найти
code-lookup-nothing = Кода с таким серийным номером нет.
batches-empty = Ваучеров пока нет.
batch-title = Ваучеры { $id }
batch-worth = Что даёт
batch-state = Состояние
batch-redeemed = Активировано
batch-open = Действуют
batch-stopped = Остановлено
batch-expired = Истекло
batch-owed = Ещё не потрачено
batch-gifts = подарки слушателей
batch-declare = Новая партия
batch-declare-button = Объявить
batch-refused = Так нельзя:
batch-sort = Что даёт код
batch-sort-money = Деньги
batch-sort-percent = Скидка на следующий заказ
batch-sort-release = Релиз
batch-value = Стоимость кода
batch-value-hint = Например 10.00. Для релиза — предел его цены. Для скидки пусто.
batch-discount = Скидка, проценты
batch-discount-hint = Не больше трети. Только для скидки.
batch-release = Релиз
batch-release-hint = Его номер — последняя часть адреса его страницы. Только для релиза.
batch-count = Кодов
batch-expires = Действует до
batch-expires-hint = С начала этого дня (UTC) код ничего не стоит. Пусто — действует всегда.
batch-reseller = Продавец
batch-margin = Доля продавца, проценты
batch-note = Заметка
batch-refundable = Можно вернуть деньгами
batch-taxed-in = Налог уплачивается в
batch-taxed-in-hint = Только для релиза: страна, например DE, в которой код можно погасить. Налог начисляется сразу при выпуске кодов. Оставьте пустым, чтобы он начислялся при покупке.
batch-yes = да
batch-state-declared = Объявлена, кодов ещё нет
batch-state-printed = В обращении
batch-state-stopped = Остановлена
batch-state-expired = Срок истёк
batch-no-codes = Кодов ещё нет.
batch-print-lead = Коды будут показаны один раз, на следующей странице. Потом их не прочтёт никто.
batch-print = Создать коды
batch-remove = Удалить партию
batch-stop-lead = Остановленные коды больше ничего не стоят. Отменить это нельзя.
batch-stop = Остановить действующие
code-serial = Серийный номер
code-by = Кто активировал
code-when = Когда
code-state-open = действует
code-state-redeemed = активирован
code-state-stopped = остановлен
code-state-expired = истёк
codes-title = Коды партии { $id }
codes-lead = Эти коды показаны один-единственный раз. Сохраните их сейчас: магазин хранит только их хеши.
codes-pdf = Листы для печати (PDF)
codes-csv = Таблица (CSV)
