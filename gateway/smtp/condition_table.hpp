// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/smtp/conditions.hpp"

#include <array>

namespace smtp {
inline constexpr std::array condition_table{
    ConditionKind{"store.stopped", Severity::critical,
                  "the store is stopped: {detail}; if it stays so, restart mailweir: it saves what "
                  "can be read",
                  "保存領域が停止しています: {detail}",
                  "Look at the disk and at the log, then restart mailweir. Until then senders are "
                  "asked to try "
                  "again; nothing that was accepted is lost.",
                  "ディスクとログを確認し、mailweir を再起動してください。"
                  "それまで送信側には再送を求めます。受理済みのメールは失われません。"},
    ConditionKind{
        "store.full", Severity::critical,
        "the queue is at its high-water mark, by bytes or for a domain whose server is away for "
        "long; "
        "mail that needs it gets 452",
        "配送待ちが上限に達しました。これを必要とするメールには 452 を返しています",
        "See why mail waits (`mailweir queue list`) and bring the internal server back; or raise "
        "`store.high_water`.",
        "配送が滞っている理由を調べ(`mailweir queue list`)、内部サーバーを復旧するか "
        "`store.high_water` を引き上げてください。"},
    ConditionKind{
        "next_hop.down", Severity::critical, "next hop {object} is down: {detail}",
        "転送先 {object} に届きません: {detail}",
        "Bring that server back. What was accepted for it waits in the queue and goes out by "
        "itself; "
        "where the server itself is asked which recipients there are, senders are meanwhile asked "
        "to "
        "come again.",
        "サーバーを復旧してください。受理済みのメールは配送待ちに入り、復旧後に自動で届きます。"
        "宛先の有無をこのサーバーに照会するドメインでは、復旧まで送信側に再送を求めます。"},
    ConditionKind{"disk.low", Severity::critical, "less than 5 % or 1 GiB of disk is free",
                  "ディスクの空きが 5 % または 1 GiB を下回りました",
                  "Make room on the disk of the data directory.",
                  "データディレクトリのあるディスクに空きを作ってください。"},
    ConditionKind{"certificate.ends", Severity::warning, "a certificate ends {detail} ({object})",
                  "証明書の期限が近づいています: {detail} ({object})",
                  "Put a new certificate in its place; it is read again by itself.",
                  "新しい証明書に置き換えてください。自動で読み直します。"},
    ConditionKind{"certificate.bad", Severity::critical,
                  "the certificate of {object} cannot be used: {detail}",
                  "{object} の証明書が使えません: {detail}",
                  "Put certificate and key in order; both are read again by themselves.",
                  "証明書と鍵を正しいものにしてください。自動で読み直します。"},
    ConditionKind{"reload.refused", Severity::warning, "the last reload was refused: {detail}",
                  "最後の設定再読み込みは拒否されました: {detail}",
                  "`mailweir config check` shows the place; the old configuration is in force.",
                  "`mailweir config check` で箇所を確認してください。古い設定が有効なままです。"},
    ConditionKind{"policy.older", Severity::warning, "{detail}",
                  "最新のポリシーを読めず、以前の版が有効です: {detail}",
                  "`mailweir policy show` shows what is in force; apply it anew when it is mended.",
                  "`mailweir policy show` で有効な版を確認し、直してから適用し直してください。"},
    ConditionKind{"draining", Severity::notice, "draining", "停止準備中です",
                  "Nothing: it ends soon.", "対応は不要です。まもなく終わります。"},
    ConditionKind{"feed.problem", Severity::warning, "the feed {object}: {detail}",
                  "フィード {object}: {detail}",
                  "`mailweir update` looks again; what is in use stays in use.",
                  "`mailweir update` で再取得できます。使用中の版はそのまま有効です。"},
    ConditionKind{"clamd.down", Severity::critical, "clamd {object} does not answer: {detail}",
                  "clamd {object} が応答しません: {detail}",
                  "Start clamd. Where no other answers, mail waits at the sender's.",
                  "clamd を起動してください。他に応答するものがなければ、送信側に再送を求めます。"},
    ConditionKind{
        "file.damaged", Severity::warning,
        "{detail}; it is kept as {object}: move it away when you have looked after it",
        "{detail}。元のファイルは {object} にあります。確認したら移動してください",
        "See the log for what could be saved, and look after the disk. It holds mail: keep it no "
        "longer than you need it.",
        "何が救えたかをログで確認し、ディスクを点検してください。"
        "メールを含むため、不要になったら削除してください。"},
    ConditionKind{
        "restore.left", Severity::warning,
        "what stood there before a restore is still kept as {object} ({detail})",
        "復元前のデータが {object} に残っています ({detail})",
        "It is a second copy of mail and history, beyond the time these are kept for. When "
        "nothing of it is needed any more, remove it: `rm -r` and its name.",
        "メールと履歴の複製であり、保存期間を過ぎても消えません。"
        "不要になったら `rm -r` で削除してください。"},
    ConditionKind{"route.missing", Severity::warning,
                  "mail for {object} waits: no route to this domain is configured",
                  "{object} 宛てのメールが待っています。経路が設定されていません",
                  "Add the domain, or an `outbound.relay`; or delete what waits.",
                  "ドメインか `outbound.relay` を設定するか、待っているメールを削除してください。"},
    ConditionKind{"scan.down", Severity::critical, "{detail}; mail that needs a scan gets 451",
                  "検査プロセスが動きません: {detail}",
                  "See the log; a restart of mailweir starts the workers anew.",
                  "ログを確認してください。mailweir の再起動で検査プロセスも起動し直します。"},
    ConditionKind{"scan.rules_old", Severity::warning, "scan workers keep the old rules: {detail}",
                  "検査プロセスは古い規則のままです: {detail}", "Mend the rules and reload.",
                  "規則を直して再読み込みしてください。"},
    ConditionKind{"scan.behind", Severity::critical,
                  "scan workers cannot keep up: {detail}; new mail gets 451, from 15 s on new "
                  "connections get "
                  "421",
                  "検査が追いつきません: {detail}",
                  "Give the machine more cores, or see who sends so much.",
                  "CPU を増やすか、大量送信元を調べてください。"},
    ConditionKind{
        "recipients.unreadable", Severity::critical,
        "the file of recipients of {object} cannot be read, all of them get 450: {detail}",
        "{object} の宛先ファイルが読めません。全宛先に 450 を返しています: {detail}",
        "Put the file in its place; it is read again by itself.",
        "ファイルを正しい場所に置いてください。自動で読み直します。"},
    ConditionKind{
        "directory.down", Severity::critical,
        "the directory of {object} cannot be asked, recipients not seen lately get 450: {detail}",
        "{object} のディレクトリに問い合わせできません。"
        "最近見ていない宛先に 450 を返しています: {detail}",
        "Bring the LDAP server back.", "LDAP サーバーを復旧してください。"},
    ConditionKind{
        "lists.directory_down", Severity::warning,
        "the lists of the directory {object} cannot be read, what it said before counts: {detail}",
        "ディレクトリ {object} のメーリングリストを読めません。"
        "前回読んだ内容を使っています: {detail}",
        "Bring the LDAP server back, or look after `layers.rosters.directories`.",
        "LDAP サーバーを復旧するか、`layers.rosters.directories` を確認してください。"},
    ConditionKind{
        "dns.down", Severity::warning, "no name server answers", "ネームサーバーが応答しません",
        "Look after the resolver in `dns.servers`. Senders cannot be authenticated meanwhile.",
        "`dns.servers` のリゾルバーを確認してください。その間、送信者認証はできません。"},
    ConditionKind{"queue.old", Severity::warning,
                  "the oldest mail in the queue waits since {detail}",
                  "配送待ちの最も古いメールは {detail} から待っています",
                  "`mailweir queue list` says why it waits.",
                  "`mailweir queue list` で理由を確認してください。"},
    ConditionKind{"backup.missing", Severity::warning, "{detail}",
                  "バックアップに問題があります: {detail}",
                  "`mailweir backup create` makes one now.",
                  "`mailweir backup create` で今すぐ作成できます。"},
    ConditionKind{"delivery.held", Severity::warning, "accepted mail {object} is held: {detail}",
                  "受理したメール {object} を保留しました: {detail}",
                  "Nobody else hears of it: release it once the cause is gone, or tell the sender.",
                  "送信者には通知されません。原因を除いて解放するか、送信者に連絡してください。"},
    ConditionKind{"account.reported", Severity::warning,
                  "somebody called a mail of {object} spam: {detail}",
                  "{object} のメールが迷惑メールとして通報されました: {detail}",
                  "Look at what it sends; `mailweir report abuse` lists all such reports.",
                  "送信内容を確認してください。`mailweir report abuse` で一覧できます。"},
    ConditionKind{"account.slowed", Severity::notice,
                  "the account {object} sends more than usual and is slowed down: {detail}",
                  "アカウント {object} の送信が通常より多いため減速しています: {detail}",
                  "Nothing, unless it goes on. `mailweir account list` shows who is braked.",
                  "続くようなら調べてください。`mailweir account list` で一覧できます。"},
    ConditionKind{
        "account.held", Severity::warning,
        "mail of the account {object} is held, it sends far more than usual: {detail}",
        "アカウント {object} のメールを保留しています。送信が通常よりはるかに多い: {detail}",
        "Look at what it sends. `mailweir account release` lets it go, `lock` stops it.",
        "送信内容を確認し、`mailweir account release` で解除、`lock` で停止してください。"},
    ConditionKind{
        "account.locked", Severity::critical, "the account {object} is locked: {detail}",
        "アカウント {object} を停止しました: {detail}",
        "Somebody else may use it: have its password changed, look at what it sent, then "
        "`mailweir account release`. It is free again by itself after some hours.",
        "第三者に使われている恐れがあります。パスワードを変更させ、送信内容を確認してから "
        "`mailweir account release` で解除してください。数時間後に自動で解除されます。"},
    ConditionKind{
        "destination.refuses_us", Severity::critical,
        "{object} refuses our mail for our reputation: {detail}",
        "{object} が評判を理由に当方のメールを拒否しています: {detail}",
        "See who sent what led to it (`mailweir account list`, the history of the last days), stop "
        "that, then ask at the address in the answer to be taken off the list.",
        "原因となった送信を調べて止めてから(`mailweir account list`、直近の履歴)、"
        "応答にある連絡先でリストからの削除を依頼してください。"},
    ConditionKind{
        "list.names_us", Severity::critical, "a public list names us, {object}: {detail}",
        "公開ブラックリストに登録されています({object}): {detail}",
        "See who sent what led to it (the hygiene page, `mailweir account list`), stop that, then "
        "ask the list to take it off (`mailweir domain check`).",
        "原因となった送信を調べて止めてから(送信の健全性ページ、`mailweir account list`)、"
        "リストに削除を依頼してください(`mailweir domain check`)。"},
    ConditionKind{"test", Severity::notice, "this is a test; all is well",
                  "これは試験です。異常はありません", "Nothing.", "対応は不要です。"},
};

consteval const ConditionKind& ConditionName::find(std::string_view name)
{
    for (const auto& kind : condition_table)
        if (kind.name == name)
            return kind;
    throw "no such condition";
}
}
