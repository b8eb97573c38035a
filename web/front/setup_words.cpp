// SPDX-License-Identifier: Apache-2.0
#include "web/front/setup_words.hpp"

#include <algorithm>

namespace front {
namespace {
constexpr SetupWords english{
    .next = "Continue",
    .skip = "Later",
    .save = "Save and continue",
    .test_again = "Test again",
    .steps = "Steps of the first run",
    .step_done = "done",
    .step_later = "left for later",
    .back = "Back",
    .account = "Your account",
    .account_text = "This makes the account of the administrator. The link works once.",
    .name = "Name",
    .password = "Password (at least 10 characters)",
    .password_again = "The password once more",
    .passwords_differ = "The two passwords differ.",
    .make = "Make the account",
    .link_void = "This link does not work",
    .link_void_text = "It was used, is older than a day, or an administrator exists. "
                      "“mailweir setup --link” on the server makes a new one.",
    .set_up_already = "The gateway is set up",
    .set_up_already_text = "An administrator exists. Please sign in.",
    .domain = "Domain and internal server",
    .domain_text = "Mail for this domain comes to the gateway and goes on to your own mail server.",
    .domain_name = "Domain, such as example.jp",
    .next_hop = "Internal server",
    .next_hop_hint = "Name or address, with a port if it is not 25: mail1.internal:25",
    .test = "Test",
    .takes_mail = "The server takes mail for this domain.",
    .takes_no_mail = "The server cannot be used like this.",
    .takes_everyone = "Warning: the server accepts every recipient, also those who do not exist. "
                      "The gateway cannot refuse mail to them, and your server may answer it with "
                      "bounces to forged senders. Let the server refuse unknown recipients in the "
                      "session, or name a list or directory of recipients in mailweir.yaml.",
    .keep_anyway = "Save all the same",
    .certificate = "Certificate",
    .certificate_text
    = "With a certificate senders can encrypt mail on its way to you, and nobody reads these pages "
      "on their way. Hand it in here, or name it in mailweir.yaml as tls: { certificate: FILE, "
      "key: FILE }, under listeners and under web: such files are read again when they change.",
    .certificate_has = "Pages",
    .tls_on = "with TLS",
    .tls_off = "without TLS",
    .certificate_pem = "Certificate, and those that vouch for it (PEM)",
    .certificate_key = "Private key (PEM, without a passphrase)",
    .certificate_for = "Use it for",
    .certificate_open = "This page is not encrypted: others on the way can read the key. Better "
                        "come by 127.0.0.1 or an SSH tunnel, or name the files in mailweir.yaml.",
    .certificate_warned = "It can be used. Please look at the warnings first.",
    .certificate_moved = "The pages are encrypted now, at another address. Sign in there again.",
    .dns = "DNS",
    .dns_text = "What the DNS says of this gateway. Other servers look at it, too.",
    .lists = "DNS block lists",
    .lists_text = "Lists of addresses that send spam, kept by others. Each has terms of its own; "
                  "choose those that you accept and that answer.",
    .answers = "answers",
    .refuses = "refuses this resolver: use a resolver of your own",
    .silent = "does not answer",
    .lists_everybody = "lists every address: do not use it",
    .terms = "Terms",
    .preset = "What becomes of spam",
    .preset_text = "Start with something mild; it can be changed at any time.",
    .observe = "Observe: judge and explain, never act",
    .tag = "Tag: mark doubtful mail in the subject, refuse plain spam",
    .quarantine = "Quarantine: as tag, and hold what lies in between",
    .strict = "Strict: refuse more, let doubtful strangers wait",
    .message = "Test message",
    .message_text = "A short message through the gateway to a mailbox of yours.",
    .address = "Mail address",
    .send = "Send",
    .message_accepted = "The message was accepted. Is it in the mailbox?",
    .message_refused = "The message was not accepted.",
    .done = "The MX record",
    .done_text = "When you are ready to receive mail through the gateway, publish this in the DNS:",
    .mx_text = "A less preferred (higher) number than that of your present record lets a trickle "
               "of mail in first. Allow SMTP to your internal server from the gateway only, or "
               "senders will go round it.",
    .to_pages = "To the pages",
    .locked_text = "This is set in a file and can be changed there only:",
    .not_taken = "This was not taken:",
    .checks = {{
        {"address", "Address", "The name leads to no address. Is it spelt correctly?"},
        {"connection", "Connection", "Is the server running, and does a firewall let us through?"},
        {"greeting", "Greeting", "The server does not want to talk to us."},
        {"tls", "Encryption", "Mail goes to this server unencrypted."},
        {"unknown", "Unknown recipient", "A recipient who cannot exist should be refused (550)."},
        {"postmaster", "postmaster", "Every domain should have this address (RFC 5321)."},
        {"resolver", "Resolver", "No DNS server answers; name one under dns in mailweir.yaml."},
        {"hostname", "Host name", "The gateway's own name needs an address in the DNS."},
        {"reverse", "Reverse name", "The address should lead back to the host name (PTR)."},
        {"mx", "MX", "The domain's MX record does not name this gateway yet."},
        {"key_fits", "The key belongs to the certificate", ""},
        {"other_key", "The key does not belong to the certificate", "Are they of the same order?"},
        {"no_key", "No private key", "It begins with “-----BEGIN PRIVATE KEY-----” or alike."},
        {"no_certificate", "No certificate", "It begins with “-----BEGIN CERTIFICATE-----”."},
        {"passphrase", "The key has a passphrase",
         "Take it away first: openssl pkey -in KEY -out NEW"},
        {"too_long", "That is too long", ""},
        {"unfit", "TLS does not take it:", "An RSA key needs 2048 bits."},
        {"not_yet", "Not valid before", "Is the gateway's clock right?"},
        {"expired", "It ended on", "Have a new one made."},
        {"ends_soon", "Valid until", "Have the next one ready."},
        {"ends", "Valid until", ""},
        {"names", "It is for", ""},
        {"not_for", "It is not for", "Who comes by that name is warned."},
        {"vouched", "Issued by", ""},
        {"own_issuer", "It vouches for itself",
         "Browsers will warn; mail servers mostly do not mind."},
        {"issuer_expired", "Issued by", "A certificate that vouches for it has ended."},
        {"not_vouched", "Issued by",
         "This system does not know who vouches for it. Is an intermediate certificate missing?"},
    }},
};

constexpr SetupWords japanese{
    .next = "次へ",
    .skip = "後で",
    .save = "保存して次へ",
    .test_again = "もう一度テスト",
    .steps = "初期設定のステップ",
    .step_done = "完了",
    .step_later = "後で",
    .back = "戻る",
    .account = "アカウント",
    .account_text = "管理者のアカウントを作成します。このリンクは一度だけ使えます。",
    .name = "名前",
    .password = "パスワード(10文字以上)",
    .password_again = "パスワード(確認)",
    .passwords_differ = "2つのパスワードが一致しません。",
    .make = "アカウントを作成",
    .link_void = "このリンクは使えません",
    .link_void_text = "使用済み、発行から1日以上経過、または管理者が既に存在します。"
                      "サーバーで「mailweir setup --link」を実行すると新しいリンクを発行できます。",
    .set_up_already = "設定済みです",
    .set_up_already_text = "管理者が存在します。ログインしてください。",
    .domain = "ドメインと内部サーバー",
    .domain_text = "このドメイン宛のメールはゲートウェイを通り、内部のメールサーバーに届きます。",
    .domain_name = "ドメイン(例: example.jp)",
    .next_hop = "内部サーバー",
    .next_hop_hint = "名前またはアドレス。25番以外はポートも: mail1.internal:25",
    .test = "テスト",
    .takes_mail = "サーバーはこのドメイン宛のメールを受け付けます。",
    .takes_no_mail = "このままではサーバーを使えません。",
    .takes_everyone
    = "警告: サーバーは存在しない宛先も含め、すべての宛先を受け付けます。"
      "ゲートウェイは存在しない宛先へのメールを拒否できず、サーバーが詐称された"
      "送信者に不達通知を送るおそれがあります。サーバーがセッション中に未知の宛先を"
      "拒否するように設定するか、mailweir.yaml で宛先の一覧やディレクトリを指定してください。",
    .keep_anyway = "それでも保存",
    .certificate = "証明書",
    .certificate_text
    = "証明書があれば、送信側はメールを暗号化して送れ、この管理ページも途中で読まれません。"
      "ここで登録するか、mailweir.yaml の listeners と web に tls: { certificate: FILE, "
      "key: FILE } として指定します。指定したファイルは変わると自動的に読み直されます。",
    .certificate_has = "管理ページ",
    .tls_on = "TLSあり",
    .tls_off = "TLSなし",
    .certificate_pem = "証明書と中間証明書(PEM)",
    .certificate_key = "秘密鍵(PEM、パスフレーズなし)",
    .certificate_for = "使用する場所",
    .certificate_open
    = "このページは暗号化されていないため、秘密鍵を途中で読まれるおそれがあります。127.0.0.1 か "
      "SSHトンネルを使うか、mailweir.yaml でファイルを指定してください。",
    .certificate_warned = "使用できますが、まず警告を確認してください。",
    .certificate_moved
    = "ページが暗号化され、アドレスが変わりました。新しいアドレスでログインし直してください。",
    .dns = "DNS",
    .dns_text = "このゲートウェイについてDNSが示す内容です。他のサーバーも参照します。",
    .lists = "DNSブロックリスト",
    .lists_text
    = "スパムを送るアドレスのリストで、第三者が管理しています。それぞれ利用条件があります。"
      "条件に同意でき、応答するものを選んでください。",
    .answers = "応答あり",
    .refuses = "このリゾルバーは拒否されています。自前のリゾルバーを使ってください",
    .silent = "応答なし",
    .lists_everybody = "すべてのアドレスが登録されています。使わないでください",
    .terms = "利用条件",
    .preset = "スパムの扱い",
    .preset_text = "まずは穏やかなものから始めてください。いつでも変更できます。",
    .observe = "観察: 判定と説明のみで、何もしません",
    .tag = "タグ: 疑わしいメールの件名に印を付け、明らかなスパムは拒否します",
    .quarantine = "隔離: タグに加え、その中間のメールを保留します",
    .strict = "厳格: より多く拒否し、疑わしい初めての送信者を待たせます",
    .message = "テストメール",
    .message_text = "ゲートウェイを通して短いメールを送ります。",
    .address = "メールアドレス",
    .send = "送信",
    .message_accepted = "メールは受け付けられました。届いているか確認してください。",
    .message_refused = "メールは受け付けられませんでした。",
    .done = "MXレコード",
    .done_text
    = "ゲートウェイ経由でメールを受け取る準備ができたら、DNSに次の行を公開してください。",
    .mx_text
    = "現在のレコードより優先度の低い(大きい)数字にすると、最初は一部のメールだけが届きます。"
      "内部サーバーへのSMTPはゲートウェイからのみ許可してください。そうしないと迂回されます。",
    .to_pages = "ページへ",
    .locked_text = "これはファイルで設定されているため、ファイルでのみ変更できます:",
    .not_taken = "保存できませんでした:",
    .checks = {{
        {"address", "アドレス", "名前からアドレスが得られません。綴りを確認してください。"},
        {"connection", "接続", "サーバーは動作していますか。ファイアウォールは許可していますか。"},
        {"greeting", "応答", "サーバーが会話を受け付けません。"},
        {"tls", "暗号化", "このサーバーへのメールは暗号化されません。"},
        {"unknown", "存在しない宛先", "存在しない宛先は拒否(550)されるべきです。"},
        {"postmaster", "postmaster", "どのドメインにもこのアドレスが必要です(RFC 5321)。"},
        {"resolver", "リゾルバー",
         "DNSサーバーが応答しません。mailweir.yaml の dns に指定してください。"},
        {"hostname", "ホスト名", "ゲートウェイの名前にはDNSのアドレスが必要です。"},
        {"reverse", "逆引き", "アドレスの逆引き(PTR)がホスト名と一致するべきです。"},
        {"mx", "MX", "ドメインのMXレコードはまだこのゲートウェイを指していません。"},
        {"key_fits", "秘密鍵は証明書と一致します", ""},
        {"other_key", "秘密鍵が証明書と一致しません", "同じ申請のものか確認してください。"},
        {"no_key", "秘密鍵がありません", "「-----BEGIN PRIVATE KEY-----」などで始まります。"},
        {"no_certificate", "証明書がありません", "「-----BEGIN CERTIFICATE-----」で始まります。"},
        {"passphrase", "秘密鍵にパスフレーズが設定されています",
         "先に解除してください: openssl pkey -in KEY -out NEW"},
        {"too_long", "長すぎます", ""},
        {"unfit", "TLSで使用できません:", "RSAの鍵は2048ビット以上が必要です。"},
        {"not_yet", "有効期間の開始:", "ゲートウェイの時計は合っていますか。"},
        {"expired", "有効期限切れ:", "新しい証明書を取得してください。"},
        {"ends_soon", "有効期限:", "次の証明書を用意してください。"},
        {"ends", "有効期限:", ""},
        {"names", "対象の名前:", ""},
        {"not_for", "対象外の名前:", "この名前でアクセスすると警告が表示されます。"},
        {"vouched", "発行者:", ""},
        {"own_issuer", "自己署名の証明書です",
         "ブラウザーは警告を表示します。メールサーバーはたいてい受け入れます。"},
        {"issuer_expired", "発行者:", "中間証明書の有効期限が切れています。"},
        {"not_vouched",
         "発行者:", "このシステムの知らない発行者です。中間証明書が足りないのかもしれません。"},
    }},
};
}

const SetupWords& setup_words(Language language)
{
    return language == Language::japanese ? japanese : english;
}

const CheckWords& check_words(Language language, std::string_view what)
{
    static constexpr CheckWords none{};
    const auto& checks = setup_words(language).checks;
    const auto found = std::ranges::find(checks, what, &CheckWords::what);
    return found == checks.end() ? none : *found;
}
}
