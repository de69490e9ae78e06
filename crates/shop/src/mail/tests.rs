//! Letters as they arrive: read by Python's mail parser, taken by a mail server of a few lines.

use std::process::Command;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;
use crate::test_support::{block_on, on_both_engines};

const LEASE: Duration = Duration::from_secs(60);

fn letter() -> Letter {
    Letter {
        subject: "Новый пароль для «Граммовара» — на случай, если старый забыт".to_owned(),
        body: "Здравствуйте!\n\nВот ссылка: https://shop.example/ru/password/0123456789abcdef\n.\nКонец.\n".to_owned(),
        unsubscribe: None,
    }
}

fn office(db: &Db, settings: &MailSettings) -> (Mail, Jobs) {
    let (clock, _) = Clock::by_hand(1_795_219_200_000_000);
    let jobs = Jobs::new(db.clone(), clock.clone());
    (Mail::open(db.clone(), clock, jobs.clone(), settings).unwrap(), jobs)
}

async fn next(jobs: &Jobs) -> Job {
    jobs.claim(&[KIND], "w", LEASE).await.unwrap().unwrap()
}

/// Says what a mail program would show: one line each for From, To, Subject and Date, then the text.
fn read(path: &Path) -> String {
    let program = "import email, email.policy, sys\n\
        m = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
        assert not m.defects, m.defects\n\
        sys.stdout.buffer.write('\\n'.join([str(m[h]) for h in ('From', 'To', 'Subject', 'Date')] + [m.get_content()]).encode())";
    let output = Command::new("python3").arg("-c").arg(program).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n")
}

#[test]
fn a_letter_that_comes_again_says_where_a_mail_program_ends_it() {
    on_both_engines(|db, _| {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mail, jobs) = office(&db, &MailSettings::Folder(folder.path().to_owned()));
            let unsubscribe = Some("https://shop.example/unsubscribe/0123".to_owned());
            for letter in [letter(), Letter { unsubscribe, ..letter() }] {
                mail.send("anna@example.org", letter).await.unwrap();
                let job = next(&jobs).await;
                mail.deliver(&job).await.unwrap();
            }
            let letters = std::fs::read_dir(folder.path()).unwrap();
            let texts = letters.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
            let (again, once): (Vec<_>, Vec<_>) = texts.partition(|text| text.contains("List-Unsubscribe"));
            assert_eq!((again.len(), once.len()), (1, 1));
            for header in [
                "List-Unsubscribe: <https://shop.example/unsubscribe/0123>\r\n",
                "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            ] {
                assert!(again[0].contains(header), "{}", again[0]);
            }
        });
    });
}

#[test]
fn a_russian_letter_lies_in_the_folder_once_and_reads_as_it_was_written() {
    on_both_engines(|db, _| {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("mail");
            let (mail, jobs) = office(&db, &MailSettings::Folder(path.clone()));
            mail.send("anna@example.org", letter()).await.unwrap();
            assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0, "it waits for its worker");
            let job = next(&jobs).await;
            mail.deliver(&job).await.unwrap();
            // A crash before the job's end repeats the delivery.
            mail.deliver(&job).await.unwrap();
            let files: Vec<PathBuf> = std::fs::read_dir(&path).unwrap().map(|f| f.unwrap().path()).collect();
            assert_eq!(files, [path.join(format!("{}.eml", job.key))]);
            let raw = std::fs::read(&files[0]).unwrap();
            assert!(raw.is_ascii(), "old servers take ASCII only");
            let head = "Gramovar <shop@localhost>\nanna@example.org\n";
            let date = "Sat, 21 Nov 2026 00:00:00 +0000";
            assert_eq!(read(&files[0]), format!("{head}{}\n{date}\n{}", letter().subject, letter().body));
        });
    });
}

#[test]
fn a_name_with_line_ends_cannot_add_headers() {
    on_both_engines(|db, _| {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mail, jobs) = office(&db, &MailSettings::Folder(folder.path().to_owned()));
            let subject = "Hello\r\nBcc: victim@example.org".to_owned();
            mail.send("anna@example.org", Letter { subject, body: "x".to_owned(), unsubscribe: None }).await.unwrap();
            let job = next(&jobs).await;
            mail.deliver(&job).await.unwrap();
            let raw = std::fs::read_to_string(folder.path().join(format!("{}.eml", job.key))).unwrap();
            assert!(!raw.to_lowercase().contains("\nbcc:"), "{raw}");
        });
    });
}

/// A mail server that answers the end of one letter with `verdict` and hands back what it was told.
async fn server(verdict: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let talk = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (read, mut write) = socket.split();
        let mut lines = BufReader::new(read).lines();
        let (mut heard, mut in_letter) = (String::new(), false);
        write.write_all(b"220 test\r\n").await.unwrap();
        while let Some(line) = lines.next_line().await.unwrap() {
            heard.push_str(&line);
            heard.push('\n');
            let answer = match (in_letter, line.as_str()) {
                (true, ".") => verdict,
                (true, _) => continue,
                (false, "DATA") => "354 go",
                (false, "QUIT") => "221 bye",
                (false, _) => "250 ok",
            };
            in_letter = answer.starts_with("354");
            write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
        heard
    });
    (url, talk)
}

#[test]
fn a_mail_server_gets_the_letter_with_its_sender() {
    on_both_engines(|db, _| {
        block_on(async {
            let (url, talk) = server("250 taken").await;
            let from = "Лавка <shop@example.org>".to_owned();
            let (mail, jobs) = office(&db, &MailSettings::Smtp { url, from });
            mail.send("anna@example.org", letter()).await.unwrap();
            mail.deliver(&next(&jobs).await).await.unwrap();
            let heard = talk.await.unwrap();
            assert!(heard.contains("MAIL FROM:<shop@example.org>") && heard.contains("RCPT TO:<anna@example.org>"));
            let eml = tempfile::NamedTempFile::new().unwrap();
            let (_, data) = heard.split_once("DATA\n").unwrap();
            let (data, _) = data.split_once("\n.\n").unwrap();
            std::fs::write(eml.path(), data.replace("\n..", "\n.")).unwrap();
            let shown = read(eml.path());
            assert!(
                shown.starts_with("Лавка <shop@example.org>\n") && shown.contains(letter().body.trim_end()),
                "{shown}"
            );
        });
    });
}

#[test]
fn a_refusal_is_final_and_a_trouble_is_not() {
    on_both_engines(|db, _| {
        block_on(async {
            let from = "shop@example.org".to_owned();
            for (verdict, retry) in [("550 no such person", false), ("451 later", true)] {
                let (url, _talk) = server(verdict).await;
                let (mail, jobs) = office(&db, &MailSettings::Smtp { url, from: from.clone() });
                mail.send("anna@example.org", letter()).await.unwrap();
                let error = mail.deliver(&next(&jobs).await).await.unwrap_err();
                assert_eq!(error.may_retry(), retry, "{error}");
            }
            let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
            let (mail, jobs) = office(&db, &MailSettings::Smtp { url: format!("smtp://{gone}"), from });
            mail.send("anna@example.org", letter()).await.unwrap();
            assert!(mail.deliver(&next(&jobs).await).await.unwrap_err().may_retry(), "nobody listens");
        });
    });
}

#[test]
fn wrong_settings_are_told_at_the_start_and_never_shown_with_their_password() {
    on_both_engines(|db, _| {
        block_on(async {
            let (clock, _) = Clock::by_hand(0);
            let jobs = Jobs::new(db.clone(), clock.clone());
            let smtp = |url: &str, from: &str| MailSettings::Smtp { url: url.to_owned(), from: from.to_owned() };
            for wrong in [
                smtp("not an address", "a@b.cd"),
                smtp("https://x.example", "a@b.cd"),
                smtp("smtp://x.example", "nobody"),
            ] {
                let opened = Mail::open(db.clone(), clock.clone(), jobs.clone(), &wrong);
                assert!(matches!(opened, Err(MailError::Settings(_))), "{wrong:?}");
            }
            let shown = format!("{:?}", smtp("smtp://u:hunter2@x.example", "a@b.cd"));
            assert!(!shown.contains("hunter2"), "{shown}");
        });
    });
}
