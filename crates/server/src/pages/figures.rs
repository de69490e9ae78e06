//! Numbers, money, sizes, lengths and dates as a language writes them. The signs and patterns come from its `figures.ftl`; no floats.
use super::language::{Figure, Lang};

const MICROS: u64 = 1_000_000;
const MICROS_PER_CENT: i64 = 10_000;
const BYTES_PER_KB: u64 = 1_000;
const BYTES_PER_MB: u64 = 1_000_000;
const BYTES_PER_100_MB: u64 = 100 * BYTES_PER_MB;
const BYTES_PER_GB: u64 = 1_000_000_000;
const DAY_S: i64 = 86_400;
/// Words of formats' names that each language has its own for.
const FORMAT_WORDS: [(&str, &str); 13] = [
    ("kbit/s", "format-kbit"),
    ("kbit/s-average", "format-kbit-average"),
    ("bit", "format-bit"),
    ("bit-float", "format-bit-float"),
    ("level", "format-level"),
    ("Hz", "format-hertz"),
    ("standard", "format-standard"),
    ("extreme", "format-extreme"),
    ("insane", "format-insane"),
    ("constant", "format-constant"),
    ("fast", "format-fast"),
    ("high", "format-high"),
    ("normal", "format-normal"),
];

impl Lang {
    /// A whole number with its thousands apart: `12,345`. Four digits stay together where the language wishes it.
    pub fn integer(&self, n: impl Figure) -> String {
        let n = n.value();
        let shown = self.grouped(n.unsigned_abs().into());
        if n < 0 { format!("−{shown}") } else { shown }
    }

    fn grouped(&self, n: u128) -> String {
        let digits = n.to_string();
        let from_digits: usize = if self.t("figure-group-from") == "5" { 5 } else { 4 };
        let mut shown = String::new();
        let separator = self.t("figure-group");
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && digits.len() >= from_digits && (digits.len() - i).is_multiple_of(3) {
                shown.push_str(&separator);
            }
            shown.push(digit);
        }
        shown
    }

    /// An exact amount: at least two decimals and as many as it needs, up to six: `$3.42`, `$0.106432`.
    pub fn money(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let fraction = format!("{:06}", micros.unsigned_abs() % MICROS);
        let needed = fraction.trim_end_matches('0').len().max(2);
        self.amount(micros, &fraction[..needed])
    }

    /// A round amount, for scales: without decimals where it is whole: `$1,500`, `$0.50`.
    pub fn money_round(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        if micros.unsigned_abs().is_multiple_of(MICROS) {
            let shown = self.t1("money", "amount", self.grouped((micros.unsigned_abs() / MICROS).into()));
            return if micros < 0 { format!("−{shown}") } else { shown };
        }
        self.money(micros)
    }

    /// An exact amount with all six decimals: for columns, whose figures then stand below each other.
    pub fn money_full(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        self.amount(micros, &format!("{:06}", micros.unsigned_abs() % MICROS))
    }

    /// An exact amount for eyes that want cents: what is beyond them is small. Marked up, so it goes into pages as it is.
    pub fn money_fine(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let fraction = format!("{:06}", micros.unsigned_abs() % MICROS);
        exact(&self.amount(micros, &fine(&fraction, true)))
    }

    /// The same with its sign, for movements.
    pub fn money_fine_signed(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let shown = self.money_fine(micros);
        if micros > 0 { shown.replacen('>', ">+", 1) } else { shown }
    }

    /// The same with all six decimals, for columns of books, whose figures then stand below each other.
    pub fn money_column(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let fraction = format!("{:06}", micros.unsigned_abs() % MICROS);
        exact(&self.amount(micros, &fine(&fraction, false)))
    }

    /// The same of a sum, however large.
    pub fn total_column(&self, total: impl AsRef<money::Total>) -> String {
        let total = total.as_ref();
        let micros = total.0.unsigned_abs();
        let fraction = format!("{:06}", micros % u128::from(MICROS));
        exact(&self.whole_and(total.0 < 0, micros / u128::from(MICROS), &fine(&fraction, false)))
    }

    /// An amount to the nearest cent, for drawings. Below a cent in hundredths of one.
    pub fn money_near(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let step = glance_step(micros);
        self.money(micros.saturating_add(step / 2).div_euclid(step).saturating_mul(step))
    }

    /// An amount in whole cents, rounded up: for prices, which must never promise too little. Below a cent in hundredths
    /// of one.
    pub fn money_up(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let step = glance_step(micros);
        let steps = micros.div_euclid(step) + i64::from(micros.rem_euclid(step) > 0);
        self.money(steps.saturating_mul(step))
    }

    /// The same rounded down: for a balance, which must never promise too much.
    pub fn money_down(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        let step = glance_step(micros);
        self.money(micros.div_euclid(step).saturating_mul(step))
    }

    /// An exact amount with its sign, for movements: `+$10.00`, `−$3.42`.
    pub fn money_signed(&self, micros: impl Figure) -> String {
        let micros = micros.value();
        if micros > 0 { format!("+{}", self.money(micros)) } else { self.money(micros) }
    }

    /// A price, `$1.35`, or where its ends differ `$1.24 – $1.35`: both in cents, rounded up.
    pub fn money_range(&self, min_micros: impl Figure, max_micros: impl Figure) -> String {
        let (min_micros, max_micros) = (min_micros.value(), max_micros.value());
        let (min, max) = (self.money_up(min_micros), self.money_up(max_micros));
        if min == max { max } else { format!("{min} – {max}") }
    }

    /// A rate out of parts per million, with as many decimals as it needs: `19%`, `25.5 %`.
    pub fn percent(&self, ppm: impl Figure) -> String {
        let ppm = ppm.value();
        let fraction = format!("{:04}", ppm.unsigned_abs() % 10_000);
        let fraction = fraction.trim_end_matches('0');
        let whole = self.integer((ppm.unsigned_abs() / 10_000) as i64);
        let point = if fraction.is_empty() { String::new() } else { self.t("figure-decimal") };
        self.t1("percent", "n", format!("{whole}{point}{fraction}"))
    }

    /// A size in decimal units: `812 B`, `5.3 MB`, `312 MB`, `1.24 GB`.
    pub fn bytes(&self, bytes: impl Figure) -> String {
        let bytes = bytes.value();
        let bytes = bytes.unsigned_abs();
        let (unit, per_unit, decimals) = match bytes {
            0..BYTES_PER_KB => ("size-b", 1, 0),
            BYTES_PER_KB..BYTES_PER_MB => ("size-kb", BYTES_PER_KB, 0),
            BYTES_PER_MB..BYTES_PER_100_MB => ("size-mb", BYTES_PER_MB, 1),
            BYTES_PER_100_MB..BYTES_PER_GB => ("size-mb", BYTES_PER_MB, 0),
            _ => ("size-gb", BYTES_PER_GB, 2),
        };
        self.t1(unit, "n", self.rounded(bytes, per_unit, decimals))
    }

    /// `5.3 MB`, or `4.9 – 5.6 MB` where the ends differ.
    pub fn bytes_range(&self, min_bytes: impl Figure, max_bytes: impl Figure) -> String {
        let (min_bytes, max_bytes) = (min_bytes.value(), max_bytes.value());
        let (min, max) = (self.bytes(min_bytes), self.bytes(max_bytes));
        if min == max { max } else { format!("{min} – {max}") }
    }

    /// The length of a track or release: `4:07`, `1:02:33`. Rounded to the second.
    pub fn length(&self, length_ms: impl Figure) -> String {
        let length_ms = length_ms.value();
        let length_s = (length_ms.max(0) + 500) / 1000;
        let (hours, minutes, seconds) = (length_s / 3600, length_s / 60 % 60, length_s % 60);
        if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
    }

    /// A length in whole minutes, for a release: `42 min`, `1 h 12 min`.
    pub fn length_min(&self, length_ms: impl Figure) -> String {
        let length_ms = length_ms.value();
        let minutes = (length_ms.max(0) + 30_000) / 60_000;
        match minutes / 60 {
            0 => self.t1("length-min", "m", minutes.max(1)),
            hours => self.t2("length-h-min", ("h", hours), ("m", minutes % 60)),
        }
    }

    /// The same length as HTML's `datetime` (ISO 8601): `PT247S`.
    pub fn length_iso(&self, length_ms: impl Figure) -> String {
        let length_ms = length_ms.value();
        format!("PT{}S", (length_ms.max(0) + 500) / 1000)
    }

    /// A format's name, whose units and common words are this language's: `MP3 320 kbit/s`, `MP3 320 кбит/с`.
    pub fn format_name(&self, name: &str) -> String {
        let word = |word: &str| match FORMAT_WORDS.iter().find(|(known, _)| *known == word) {
            Some((_, id)) => self.t(id),
            None => word.to_owned(),
        };
        let told = name.replace("kbit/s on average", "kbit/s-average").replace("bit float", "bit-float");
        let words = told.split(' ').map(|part| match part.trim_end_matches([')', ',']) {
            bare if bare.len() < part.len() => format!("{}{}", word(bare), &part[bare.len()..]),
            bare => word(bare),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// A sample rate: `44.1 kHz`.
    pub fn rate(&self, rate_hz: impl Figure) -> String {
        let rate_hz = rate_hz.value();
        let kilohertz = self.rounded(rate_hz.unsigned_abs(), 1000, 1);
        let whole = format!("{}0", self.t("figure-decimal"));
        self.t1("rate-khz", "n", kilohertz.strip_suffix(&whole).unwrap_or(&kilohertz))
    }

    /// A moment (microseconds since 1970) as a day in UTC: `21 November 2026`.
    pub fn date(&self, at_us: impl Figure) -> String {
        let at_us = at_us.value();
        let (year, month, day) = civil_date(at_us.div_euclid(1_000_000 * DAY_S));
        self.day(year, month, day)
    }

    /// A moment (microseconds since 1970) with its time in UTC: `21 November 2026, 04:22 UTC`.
    pub fn moment(&self, at_us: impl Figure) -> String {
        let at_us = at_us.value();
        let day_min = at_us.div_euclid(1_000_000).rem_euclid(DAY_S) / 60;
        let time = format!("{:02}:{:02}", day_min / 60, day_min % 60);
        self.t2("moment", ("date", self.date(at_us)), ("time", time))
    }

    /// The same moment as HTML's `datetime`: `2026-11-21T04:22:34Z`.
    pub fn moment_iso(&self, at_us: impl Figure) -> String {
        let at_us = at_us.value();
        let at_s = at_us.div_euclid(1_000_000);
        let (year, month, day) = civil_date(at_s.div_euclid(DAY_S));
        let second = at_s.rem_euclid(DAY_S);
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
    }

    /// A release date as far as it is known (`2024`, `2024-03`, `2024-03-05`). What is no date is shown as it stands.
    pub fn release_date(&self, iso: &str) -> String {
        let parts: Vec<Option<i64>> = iso.splitn(3, '-').map(|part| part.parse().ok()).collect();
        match parts[..] {
            [Some(year), Some(month @ 1..=12), Some(day @ 1..=31)] => self.day(year, month, day),
            [Some(year), Some(month @ 1..=12)] => {
                self.t2("date-month", ("month", self.t(format!("month-alone-{month}"))), ("year", year))
            }
            _ => iso.to_owned(),
        }
    }

    /// The month of `2026-10` for a narrow place, and its year: `Oct`, `2026`.
    pub fn month_short(&self, iso: &str) -> (String, String) {
        let parts = iso.split_once('-').map(|(year, month)| (year, month.parse::<u8>()));
        match parts {
            Some((year, Ok(month @ 1..=12))) => (self.t(format!("month-short-{month}")), year.to_owned()),
            _ => (iso.to_owned(), String::new()),
        }
    }

    fn day(&self, year: i64, month: i64, day: i64) -> String {
        let month = self.t(format!("month-{month}"));
        self.t2("date-day", ("day_month", self.t2("day-month", ("day", day), ("month", month))), ("year", year))
    }

    fn amount(&self, micros: i64, fraction: &str) -> String {
        self.whole_and(micros < 0, u128::from(micros.unsigned_abs() / MICROS), fraction)
    }

    fn whole_and(&self, is_negative: bool, whole: u128, fraction: &str) -> String {
        let figures = format!("{}{}{fraction}", self.grouped(whole), self.t("figure-decimal"));
        let amount = self.t1("money", "amount", figures);
        if is_negative { format!("−{amount}") } else { amount }
    }

    /// `n / per_unit` with so many decimals, rounded half up.
    fn rounded(&self, n: u64, per_unit: u64, decimals: u32) -> String {
        let scale = 10u64.pow(decimals);
        let scaled = (u128::from(n) * u128::from(scale) + u128::from(per_unit / 2)) / u128::from(per_unit);
        let (whole, fraction) = ((scaled / u128::from(scale)) as i64, scaled % u128::from(scale));
        if decimals == 0 {
            return self.integer(whole);
        }
        format!("{}{}{fraction:0width$}", self.integer(whole), self.t("figure-decimal"), width = decimals as usize)
    }
}

/// Six decimals of which the last four are small; without them where they are nothing and may go.
fn fine(fraction: &str, zeros_go: bool) -> String {
    let (cents, rest) = fraction.split_at(2);
    if zeros_go && rest == "0000" { cents.to_owned() } else { format!("{cents}<span class=\"micros\">{rest}</span>") }
}

/// One thing to whatever lays a page out.
fn exact(amount: &str) -> String {
    format!("<span class=\"exact\">{amount}</span>")
}

/// What an amount is rounded to at a glance.
fn glance_step(micros: i64) -> i64 {
    if (1..MICROS_PER_CENT).contains(&micros) { MICROS_PER_CENT / 100 } else { MICROS_PER_CENT }
}

/// Year, month and day of a count of days since 1970-01-01, in the Gregorian calendar (Howard Hinnant's `civil_from_days`).
fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn en() -> Lang {
        Lang::from_code("en").unwrap()
    }

    fn ru() -> Lang {
        Lang::from_code("ru").unwrap()
    }

    #[test]
    fn money_is_exact_with_as_many_decimals_as_it_needs() {
        for (micros, english, russian) in [
            (3_420_000, "$3.42", "3,42\u{a0}$"),
            (106_432, "$0.106432", "0,106432\u{a0}$"),
            (0, "$0.00", "0,00\u{a0}$"),
            (-1_500_000, "−$1.50", "−1,50\u{a0}$"),
            (1_234_567_100_000, "$1,234,567.10", "1\u{a0}234\u{a0}567,10\u{a0}$"),
            (1_234_000_000, "$1,234.00", "1234,00\u{a0}$"),
            (i64::MAX, "$9,223,372,036,854.775807", "9\u{a0}223\u{a0}372\u{a0}036\u{a0}854,775807\u{a0}$"),
        ] {
            assert_eq!(en().money(micros), english);
            assert_eq!(ru().money(micros), russian);
        }
    }

    #[test]
    fn a_price_at_a_glance_is_never_too_low_and_a_balance_never_too_high() {
        assert_eq!(en().money_up(106_432), "$0.11");
        assert_eq!(en().money_up(110_000), "$0.11");
        assert_eq!(en().money_down(9_999_999), "$9.99");
        assert_eq!(en().money_down(-1), "−$0.01");
        assert_eq!(en().money_up(1_201), "$0.0013");
        assert_eq!(en().money_up(9_950), "$0.01");
        assert_eq!(en().money_down(1_299), "$0.0012");
        assert_eq!(en().money_down(0), "$0.00");
        assert_eq!(en().money_range(1_200_000, 1_350_000), "$1.20 – $1.35");
        assert_eq!(en().money_range(1_209_999, 1_350_001), "$1.21 – $1.36");
        assert_eq!(en().money_range(106_432, 106_432), "$0.11");
        assert_eq!(en().money_range(1_341_000, 1_345_000), "$1.35");
        assert_eq!(en().money_signed(10_000_000), "+$10.00");
        assert_eq!(
            ["$1,500", "$0.50", "−$2", "$0"],
            [1_500_000_000, 500_000, -2_000_000, 0].map(|n| en().money_round(n))
        );
        assert_eq!(ru().month_short("2026-10"), ("окт.".to_owned(), "2026".to_owned()));
    }

    #[test]
    fn what_is_beyond_cents_is_small() {
        let exact = |shown: &str| format!("<span class=\"exact\">{shown}</span>");
        let micros = |rest: &str| format!("<span class=\"micros\">{rest}</span>");
        assert_eq!(en().money_fine(190_061), exact(&format!("$0.19{}", micros("0061"))));
        assert_eq!(ru().money_fine_signed(10_000_000), exact("+10,00\u{a0}$"));
        assert_eq!(en().money_column(-1_500_000), exact(&format!("−$1.50{}", micros("0000"))));
        assert_eq!(en().total_column(money::Total(1_234_000_001)), exact(&format!("$1,234.00{}", micros("0001"))));
        let near = [195_000, 194_999, 1_249, -5_001].map(|n| en().money_near(n));
        assert_eq!(near, ["$0.20", "$0.19", "$0.0012", "−$0.01"]);
    }

    #[test]
    fn a_rate_has_no_more_decimals_than_it_needs() {
        for (ppm, english, russian) in [
            (190_000, "19%", "19\u{a0}%"),
            (255_000, "25.5%", "25,5\u{a0}%"),
            (1, "0.0001%", "0,0001\u{a0}%"),
            (0, "0%", "0\u{a0}%"),
        ] {
            assert_eq!((en().percent(ppm), ru().percent(ppm)), (english.to_owned(), russian.to_owned()));
        }
    }

    #[test]
    fn sizes_are_decimal() {
        for (bytes, english, russian) in [
            (812, "812\u{a0}B", "812\u{a0}Б"),
            (99_499, "99\u{a0}KB", "99\u{a0}КБ"),
            (5_321_600, "5.3\u{a0}MB", "5,3\u{a0}МБ"),
            (312_400_000, "312\u{a0}MB", "312\u{a0}МБ"),
            (1_236_000_000, "1.24\u{a0}GB", "1,24\u{a0}ГБ"),
        ] {
            assert_eq!(en().bytes(bytes), english);
            assert_eq!(ru().bytes(bytes), russian);
        }
    }

    #[test]
    fn names_of_formats_have_the_words_of_the_language() {
        for (name, russian) in [
            ("MP3 320 kbit/s", "MP3 320 кбит/с"),
            ("MP3 192 kbit/s on average", "MP3 192 кбит/с в среднем"),
            ("WAV 32 bit float", "WAV 32 бит с плавающей точкой"),
            ("FLAC level 8 (44100 Hz, 16 bit)", "FLAC уровень 8 (44100 Гц, 16 бит)"),
            ("Opus 256 kbit/s constant", "Opus 256 кбит/с постоянный битрейт"),
            ("WavPack high", "WavPack сильное сжатие"),
            ("True Audio", "True Audio"),
        ] {
            assert_eq!((en().format_name(name).as_str(), ru().format_name(name).as_str()), (name, russian));
        }
    }

    #[test]
    fn lengths_and_rates_read_as_on_a_sleeve() {
        assert_eq!(en().length(247_499), "4:07");
        assert_eq!(en().length(3_753_000), "1:02:33");
        assert_eq!(en().length_min(4_320_000), "1\u{a0}h 12\u{a0}min");
        assert_eq!(ru().length_min(2_520_000), "42\u{a0}мин");
        assert_eq!(en().rate(44_100), "44.1\u{a0}kHz");
        assert_eq!(ru().rate(96_000), "96\u{a0}кГц");
    }

    #[test]
    fn dates_follow_the_language() {
        let at_us = 1_795_234_954_000_000i64;
        assert_eq!(en().moment_iso(at_us), "2026-11-21T04:22:34Z");
        assert_eq!(en().moment(at_us), "21 November 2026, 04:22 UTC");
        assert_eq!(ru().date(at_us), "21 ноября 2026\u{a0}г.");
        assert_eq!(en().moment_iso(951_782_400_000_000i64), "2000-02-29T00:00:00Z");
        assert_eq!(en().moment_iso(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_release_date_is_told_as_far_as_it_is_known() {
        for (iso, english, russian) in [
            ("2024-03-05", "5 March 2024", "5 марта 2024\u{a0}г."),
            ("2024-03", "March 2024", "март 2024\u{a0}г."),
            ("2024", "2024", "2024"),
            ("long ago", "long ago", "long ago"),
            ("", "", ""),
        ] {
            assert_eq!(en().release_date(iso), english);
            assert_eq!(ru().release_date(iso), russian);
        }
    }
}
