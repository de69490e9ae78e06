# Что стоит вокруг магазина: тексты, лицензии, новости и объявление, когда он закрыт.

text-about = О магазине
text-terms = Условия
text-privacy = Конфиденциальность
text-help = Помощь
text-of-release = О релизе
text-of-artist = Биография
text-of-label = О лейбле
text-seller = Кто продаёт
text-edit = Изменить текст
text-see = Показать
text-remove = Убрать этот текст
footer-licence = { $name }, { $society }
footer-licence-number = { $name }, № { $number }, { $society }

licence-title = Лицензия
licence-lead = Всё, что здесь продаётся, продаётся по этим лицензиям. Отчисления записываются с каждой продажей.
licence-none = Лицензий не указано: то, что здесь продаётся, принадлежит продавцу или тем, кто поручил ему продажу.
licence-number = Номер
licence-giver = Общество
licence-holder = Правообладатель
licence-paid = Что платится
licence-paid-gross = { $rate } от цены
licence-paid-net = { $rate } от цены без налога
licence-paid-minimum = { $paid }, не меньше { $minimum } за трек
licence-covers = На что
licence-covers-rest = на всё, для чего нет прямого договора
licence-covers-all = на всё, что здесь продаётся
licence-covers-label = на записи лейбла { $label }
licence-period = Действует
licence-always = бессрочно
licence-from = с { $from }
licence-until = до { $until }
licence-between = с { $from } до { $until }

news-title = Новости
news-empty = Новостей пока нет.
news-all = Все новости
feed = Подписка (Atom)

closed-title = Закрыто на обслуживание
closed-wait = { $n ->
    [one] Загляните через { $shown } минуту.
    [few] Загляните через { $shown } минуты.
   *[other] Загляните через { $shown } минут.
}
closed-downloads = Купленное можно скачивать и сейчас:
closed-for-visitors = Для посетителей магазин закрыт; вы видите его как оператор.

## Страницы оператора

operator-texts = Тексты и объявление
operator-texts-about = О магазине, условия, конфиденциальность, помощь; тексты о релизах и исполнителях; закрыть магазин на обслуживание
operator-news = Новости
operator-news-about = Что вы рассказываете слушателям: на всех языках, с назначенного времени
markdown-hint = Markdown: # заголовок, **жирный**, *курсив*, - список, [слова](https://…). HTML показывается как текст.
texts-all = Все тексты
texts-place = Текст
texts-state = Чей
texts-see = Страница
texts-own = ваш
texts-standing = стандартный
texts-about-catalogue = Тексты о релизах, исполнителях и лейблах пишутся с их страниц.
notice-heading = Закрыть на обслуживание
notice-is-on = Магазин закрыт. Посетители читают объявление, загрузки работают, операторы видят всё.
notice-is-off = Магазин открыт.
notice-message = Объявление
notice-retry = Через сколько секунд заглянуть снова
notice-on = Закрыть магазин
notice-off = Открыть магазин
news-new = Новая запись
news-edit = Изменить запись
news-id = Адрес
news-id-hint = Конец адреса: строчные латинские буквы, цифры и дефисы.
news-published = Время публикации
news-published-hint = День или момент по UTC. До него записи никто не видит.
news-post-title = Заголовок
news-text = Текст
news-not-out = ещё не вышла
news-remove = Убрать
news-remove-named = Убрать «{ $title }»

# What can be had, what it costs exactly, who wrote it.
release-composer = Композитор
composed-by = Музыка: { $names }
release-bought = Куплено
release-download = Куплено: скачать
track-bought-named = Куплено: скачать «{ $title }»
track-unfit = в этом формате недоступно
format-instead = В формате { $wanted } недоступно. Цены — для { $shown }.
format-unfit = { $n ->
    [one] { $shown } трек в этом формате недоступен; остальные продаются по одному.
    [few] { $shown } трека в этом формате недоступны; остальные продаются по одному.
   *[many] { $shown } треков в этом формате недоступно; остальные продаются по одному.
}
price-lowered = За вычетом того, что вы уже заплатили.
sizes-ask = Узнать точную цену
sizes-going-on = Узнаём точную цену: измерено { $known } из { $tracks }.
sizes-late = Измерено { $known } из { $tracks }, остальное займёт больше времени. Загляните позже или покупайте: больше верхней цены вы не заплатите.
item-unfit = В формате { $format } недоступно
item-unfit-tracks = { $n ->
    [one] { $shown } трек
    [few] { $shown } трека
   *[many] { $shown } треков
}
item-unfit-some = { $tracks } в формате { $format } недоступно
notice-unwished = Убрано из списка желаний.
notice-sizes-busy = Сейчас измеряется слишком многое. Попробуйте, пожалуйста, через несколько минут.
search-nothing-for = По запросу «{ $query }» ничего не нашлось
format-kbit = кбит/с
format-kbit-average = кбит/с в среднем
format-bit = бит
format-bit-float = бит с плавающей точкой
format-level = уровень
format-hertz = Гц
format-standard = обычное качество
format-extreme = высокое качество
format-insane = наивысшее качество
format-constant = постоянный битрейт
format-fast = быстрое сжатие
format-high = сильное сжатие
format-normal = обычное сжатие
format-class-usual = Обычный выбор
order-heading = Заказ от { $date }: { $what }
order-of = Заказ от { $date }
order-and-more = { $n ->
   *[other] и ещё { $shown }
}
