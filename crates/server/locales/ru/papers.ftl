# Налоги, чеки, согласия, сообщения об испорченных файлах.


paper-receipt = Чек { $number }, { $seller }
paper-invoice = Счёт-фактура { $number }, { $seller }
paper-credit-note = Возврат { $number }, { $seller }
paper-receipt-title = Чек { $number }
paper-invoice-title = Счёт-фактура { $number }
paper-credit-note-title = Возврат { $number }
paper-as-pdf = Скачать PDF
paper-json = Подписанные данные (JSON)
paper-seller = Продавец
paper-buyer = Покупатель
paper-issued = Дата документа
paper-ordered = Дата заказа
paper-order = Заказ
paper-corrects = К чеку
paper-reason = Причина
paper-reason-bad-file = Файл был испорчен; его цена вернулась на баланс.
paper-track = Запись
paper-bytes = Байты звука
paper-list = Цена по тарифу
paper-discount = Скидка
paper-tax = Налог
paper-gross = Оплачено
paper-sum = Итого
paper-tax-at = Налог по ставке { $rate }
paper-of-net = с суммы { $net }
paper-tax-number = Налоговый номер { $number }
paper-paid-promotional = Подарено магазином
paper-paid-voucher = Ваучером
paper-paid-purchased = Внесёнными деньгами
paper-evidence = Место покупателя
paper-country = Страна для налога
paper-card-country = Страна карты
paper-stated-country = Страна по словам покупателя
paper-address-country = Страна сетевого адреса
paper-unknown = неизвестна
paper-contradicted = сведения расходятся
paper-assumed = принята по умолчанию
paper-hashes = SHA-256 доставленного звука
paper-verify = Документ подписан. Проверить его может кто угодно, не обращаясь в магазин: gramovar receipt verify ФАЙЛ.

order-papers = Документы
order-receipt = Чек

consent-title = Перед покупкой
consent-supply = Соглашаюсь
consent-law = Подтверждаю (страна: { $country })
consent-law-unknown = Подтверждаю
refusal-consent-missing = Отметьте то, с чем вы согласны, и отправьте заказ ещё раз.
refusal-country-unknown = Укажите страну, в которой вы находитесь: в учётной записи, в реквизитах для документов.

billing-title = Реквизиты для документов
billing-lead = На эти реквизиты выписываются ваши чеки. От страны зависит и налог, который вы платите.
billing-country = Страна
billing-country-hint = Две заглавные латинские буквы: DE, FR, US
billing-country-none = Не указана
billing-name = Имя или организация
billing-address = Адрес
billing-tax-number = Налоговый номер
billing-tax-number-hint = Печатается на документах; налог от этого не меняется
refusal-country-malformed = Такой страны нет. Напишите две заглавные латинские буквы, например DE.
refusal-too-long = Это слишком длинно.
consents-title = На что вы согласились
consents-none = Пока ни на что.
consent-kind-immediate_supply = Немедленная доставка
consent-kind-lawful_country = Покупка законна там, где я нахожусь
consent-version = редакция { $version }

defect-report = Сообщить о проблеме
defect-report-named = Сообщить о проблеме с файлом «{ $title }»
bad-file-question = Что не так?
bad-file-breaks = Не играет или обрывается
bad-file-noise = Треск, пропуски, шум
bad-file-other = Название, исполнитель, обложка или другая запись
bad-file-text = Файл сравнят с мастером. Если он испорчен, его сделают заново, а деньги вернутся на баланс.
bad-file-other-text = Проверка сравнивает только звук и ничего бы не нашла. Напишите магазину:
bad-file-refused = Выберите, что не так.
bad-file-button = Проверить файл
bad-file-cancel = Отмена
defect-checking = Вы сообщили об этом файле. Он проверяется.
defect-fine = Проверено: файл в точности таков, каким был сделан. Если он не играет, попробуйте другой плеер или формат.
defect-mended = Проверено: файл был испорчен и сделан заново. Скачайте его ещё раз.
defect-lost = Проверено: файл был испорчен, и сделать его заново не удалось.
defect-unclear = Проверить файл не удалось. Сообщите о нём ещё раз позже.
defect-credited = На ваш баланс вернулось { $amount }.
notice-defect-reported = Спасибо. Файл проверяется.

letter-consent-subject = На что вы согласились
letter-consent-text =
    Здравствуйте!

    { $moment } вы согласились со следующим (редакция { $version }):
letter-consent-country = Страна: { $country }
letter-consent-foot = Сохраните это письмо. Если это были не вы, смените пароль и сообщите магазину.

operator-tax = Налоги и согласия
operator-tax-about = Кто продаёт, ставки налога по странам и тексты, с которыми соглашаются слушатели.
tax-lead = Покупатель платит налог страны, в которой находится: той, на которую указывают два из трёх — карта, его слова, сетевой адрес. В странах без ставки налога нет.
tax-settings = Как продаёт эта витрина
tax-prices = Цены
tax-prices-with = с налогом
tax-prices-without = без налога
tax-unknown = Страна неизвестна
tax-unknown-refuse = продажи нет
tax-unknown-no_tax = без налога
tax-unknown-default = считается, что это
tax-rates = Ставки
tax-rates-empty = Ставок нет: налог не взимается.
tax-from = С какого дня
tax-from-hint = Например, 2026-01-01
tax-rate = Ставка в процентах
tax-rate-hint = Например, 19 или 25,5
tax-add = Новая ставка
tax-add-button = Добавить
tax-apply = Всё остальное на этой странице задаётся файлом:
consent-texts = Тексты для согласия
consent-texts-empty = Нет: перед покупкой ничего не спрашивается.
refusal-day-malformed = Укажите день в виде 2026-01-01, с которого не начинается другая ставка этой страны.
refusal-rate-malformed = Укажите проценты, например 19 или 25,5, не больше 100.
