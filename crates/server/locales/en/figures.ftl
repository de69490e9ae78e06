# How English writes numbers, money, sizes and dates. {"\u00A0"} is a space that never breaks a line.

figure-decimal = .
figure-group = ,
# Thousands are set apart from this many digits on: 4 or 5.
figure-group-from = 4
percent = { $n }%
money = ${ $amount }

size-b = { $n }{"\u00A0"}B
size-kb = { $n }{"\u00A0"}KB
size-mb = { $n }{"\u00A0"}MB
size-gb = { $n }{"\u00A0"}GB
rate-khz = { $n }{"\u00A0"}kHz
depth-bits = { $n }{"\u00A0"}bit

length-min = { $m }{"\u00A0"}min
length-h-min = { $h }{"\u00A0"}h { $m }{"\u00A0"}min

day-month = { $day } { $month }
date-day = { $day_month } { $year }
date-month = { $month } { $year }
moment = { $date }, { $time } UTC

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-alone-1 = January
month-alone-2 = February
month-alone-3 = March
month-alone-4 = April
month-alone-5 = May
month-alone-6 = June
month-alone-7 = July
month-alone-8 = August
month-alone-9 = September
month-alone-10 = October
month-alone-11 = November
month-alone-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
