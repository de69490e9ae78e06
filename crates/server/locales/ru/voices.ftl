# Что люди говорят и чего хотят: отзывы, список желаний, подписки, выбор редакции.

reviews-title = Отзывы
reviews-all = Все отзывы
reviews-empty = Пока никто ничего не написал.
reviews-count = { $n ->
    [one] { $shown } отзыв
    [few] { $shown } отзыва
   *[other] { $shown } отзывов
}
rating-of-five = { $average } из 5
review-stars = { $n ->
    [one] { $shown } звезда
    [few] { $shown } звезды
   *[other] { $shown } звёзд
}
review-by-listener = Слушатель
review-write = Написать отзыв
review-yours = Ваш отзыв
review-who = Отзыв может оставить тот, кто купил что-нибудь с этого релиза.
review-rating = Звёзды
review-choose = Выберите
review-author = Имя
review-author-hint = Стоит рядом с отзывом. Если не заполнить, будет «Слушатель».
review-words = Что вы думаете
review-remove = Убрать отзыв
review-report = Пожаловаться
review-refused-stars = Поставьте от одной до пяти звёзд.
review-refused-reason = Напишите, что не так, не больше 500 знаков.
review-refused-long = Это слишком длинно.
review-refused-own = Это ваш собственный отзыв. Его можно изменить или убрать.
review-refused-many = На сегодня отзывов достаточно. Приходите завтра.
report-lead = Напишите магазину, что не так с этим отзывом. Оператор его посмотрит.
report-reason = Что не так
report-button = Отправить
notice-wished = Теперь это в вашем списке желаний.
notice-followed = Подписка оформлена. Раз в неделю письмо расскажет о новом.
notice-review-reported = Спасибо. Оператор посмотрит.
together-title = С этим покупают
share-title = Поделиться
share-link = Ссылка
share-embed = Плеер для вашей страницы
embed-buy = Купить в { $storefront }
text-edit-release = Написать о релизе

wishes-title = Список желаний
wishes-empty = В списке желаний пока ничего нет.
wish-add = В список желаний
wish-remove = Убрать из списка желаний
follow = Подписаться
follow-no-more = Отписаться
follow-no-more-named = Отписаться: { $name }
follows-title = Подписки
follows-empty = Вы пока ни на кого не подписаны. Подписаться можно на страницах исполнителей и лейблов.
letters-heading = Письма о новых релизах
letters-on = Раз в неделю, если у тех, на кого вы подписаны, есть новое.
letters-off = Письма не приходят.
letters-stop = Больше не присылать
letters-start = Присылать письма
letters-stop-lead = Больше не присылать письма о новых релизах тех, на кого вы подписаны?
letters-stopped = Писем больше не будет. Подписки остались.
picks-title = Выбор редакции
picks-empty = Сейчас ничего не выбрано.

operator-reviews = Отзывы
operator-reviews-about = Что говорят слушатели; сначала те, на которые жалуются
review-hidden = скрыт
review-hide = Скрыть
review-show = Показать снова
review-keep = Оставить
review-reports = { $n ->
    [one] { $shown } жалоба
    [few] { $shown } жалобы
   *[other] { $shown } жалоб
}
operator-picks = Выбор редакции
operator-picks-about = Релизы, которые вы советуете, и пара слов о каждом
picks-now = Сейчас выбраны
picks-add = Выбрать релиз
picks-release = Релиз
picks-release-hint = Его номер или адрес его страницы.
picks-place = Место: чем меньше число, тем раньше
picks-words = Почему

letter-digest-subject = { $n ->
    [one] { $shown } новый релиз тех, на кого вы подписаны
    [few] { $shown } новых релиза тех, на кого вы подписаны
   *[other] { $shown } новых релизов тех, на кого вы подписаны
}
letter-digest-lead = Новое после прошлого письма:
letter-digest-follows = На кого вы подписаны:
letter-digest-stop = Больше не присылать таких писем:
