# Как по-русски пишутся числа, деньги, размеры и даты. {"\u00A0"} — неразрывный пробел.

figure-decimal = ,
figure-group = {"\u00A0"}
# С какого числа цифр отделяются тысячи: 4 или 5.
figure-group-from = 5
percent = { $n }{"\u00A0"}%
money = { $amount }{"\u00A0"}$

size-b = { $n }{"\u00A0"}Б
size-kb = { $n }{"\u00A0"}КБ
size-mb = { $n }{"\u00A0"}МБ
size-gb = { $n }{"\u00A0"}ГБ
rate-khz = { $n }{"\u00A0"}кГц
depth-bits = { $n }{"\u00A0"}бит

length-min = { $m }{"\u00A0"}мин
length-h-min = { $h }{"\u00A0"}ч { $m }{"\u00A0"}мин

day-month = { $day } { $month }
date-day = { $day_month } { $year }{"\u00A0"}г.
date-month = { $month } { $year }{"\u00A0"}г.
moment = { $date }, { $time } UTC

month-1 = января
month-2 = февраля
month-3 = марта
month-4 = апреля
month-5 = мая
month-6 = июня
month-7 = июля
month-8 = августа
month-9 = сентября
month-10 = октября
month-11 = ноября
month-12 = декабря
month-alone-1 = январь
month-alone-2 = февраль
month-alone-3 = март
month-alone-4 = апрель
month-alone-5 = май
month-alone-6 = июнь
month-alone-7 = июль
month-alone-8 = август
month-alone-9 = сентябрь
month-alone-10 = октябрь
month-alone-11 = ноябрь
month-alone-12 = декабрь
month-short-1 = янв.
month-short-2 = февр.
month-short-3 = март
month-short-4 = апр.
month-short-5 = май
month-short-6 = июнь
month-short-7 = июль
month-short-8 = авг.
month-short-9 = сент.
month-short-10 = окт.
month-short-11 = нояб.
month-short-12 = дек.
