// SPDX-License-Identifier: Apache-2.0
#include "web/front/words.hpp"

namespace front {
namespace {
constexpr Words english{
    .other_language = "日本語",
    .other_code = "ja",
    .sign_in = "Sign in",
    .name = "Name or e-mail address",
    .password = "Password",
    .sign_in_wrong = "Name and password do not fit together.",
    .sign_in_later = "Too many attempts. Please wait a few minutes and try again.",
    .sign_in_expired = "Your session has ended. Please sign in again.",
    .signed_out = "You have signed out.",
    .sign_in_plain = "This connection is not encrypted: others on the way can read your password.",
    .session_failed = "Signing in did not work. Please try again.",
    .nobody_yet = "This gateway is new: nobody has an account yet. Run this on the server:",
    .nobody_yet_link = "It prints a link. Open it here to make the first account.",
    .no_address
    = "Your password is right, but the directory has no mail address of yours, so there "
      "is nothing to show. Please ask those who look after it.",
    .account_locked = "This account is locked. Please ask the administrator.",
    .directory_away = "The directory of accounts does not answer just now; your password was not "
                      "looked at. Please try again in a minute.",
    .sign_in_busy = "The gateway cannot sign anybody in just now. Please try again in a minute.",
    .sign_out = "Sign out",
    .sign_out_question = "Do you want to sign out?",
    .back = "Back",
    .outside = "Not reachable from here",
    .outside_text = "These pages can only be opened from networks that the administrator has "
                    "allowed, such as the office network. Your address is not among them.",
    .not_found = "There is no such page",
    .not_found_text = "The address may be old or mistyped.",
    .refused = "Not done",
    .foreign_text = "The request came from a page of another site, so nothing was done.",
    .broken = "Something went wrong",
    .broken_text = "The error has been logged.",
    .crowded = "Too much at once",
    .crowded_text = "Earlier requests of yours are still under way. Wait a moment and try again.",
    .gate_away = "The gateway does not answer at the moment",
    .gate_away_text = "It may be starting anew; that takes a few seconds.",
    .gate_slow_text = "It took the request, but did not answer in time.",
    .mail_goes_on = "Mail is not lost: what has been accepted is safe, and senders try again.",
    .tries_again = "This page tries again by itself.",
    .try_again = "Try again",
    .contact = "Where to ask",
    .telephone = "Telephone",
    .no_pages = "No pages",
    .no_pages_text = "This program was built without its pages.",
    .javascript = "These pages need JavaScript.",
};

constexpr Words japanese{
    .other_language = "English",
    .other_code = "en",
    .sign_in = "ログイン",
    .name = "名前またはメールアドレス",
    .password = "パスワード",
    .sign_in_wrong = "名前とパスワードの組み合わせが正しくありません。",
    .sign_in_later = "試行回数が多すぎます。数分待ってからもう一度お試しください。",
    .sign_in_expired = "セッションが終了しました。もう一度ログインしてください。",
    .signed_out = "ログアウトしました。",
    .sign_in_plain = "この接続は暗号化されていません。途中でパスワードを読まれるおそれがあります。",
    .session_failed = "ログインできませんでした。もう一度お試しください。",
    .nobody_yet = "新しいゲートウェイのため、まだ誰もアカウントを持っていません。"
                  "サーバーで次のコマンドを実行してください。",
    .nobody_yet_link = "表示されたリンクを開くと、最初のアカウントを作成できます。",
    .no_address = "パスワードは正しいのですが、ディレクトリにメールアドレスが登録されていないため、"
                  "表示できるものがありません。管理者にお問い合わせください。",
    .account_locked = "このアカウントは停止されています。管理者にお問い合わせください。",
    .directory_away = "アカウントのディレクトリが応答しません。パスワードは確認されていません。"
                      "しばらくしてからもう一度お試しください。",
    .sign_in_busy = "ただいまログインできません。しばらくしてからもう一度お試しください。",
    .sign_out = "ログアウト",
    .sign_out_question = "ログアウトしますか?",
    .back = "戻る",
    .outside = "ここからは利用できません",
    .outside_text
    = "このページは、社内ネットワークなど管理者が許可したネットワークからのみ開けます。"
      "お使いのアドレスは許可されていません。",
    .not_found = "ページが見つかりません",
    .not_found_text = "アドレスが古いか、入力に誤りがあるかもしれません。",
    .refused = "実行しませんでした",
    .foreign_text = "別のサイトのページからの要求だったため、何も実行しませんでした。",
    .broken = "エラーが発生しました",
    .broken_text = "エラーは記録されました。",
    .crowded = "同時のリクエストが多すぎます",
    .crowded_text = "処理中のリクエストがまだあります。少し待ってからやり直してください。",
    .gate_away = "ゲートウェイが応答していません",
    .gate_away_text = "再起動中の可能性があります。数秒かかります。",
    .gate_slow_text = "要求は受け付けられましたが、時間内に応答がありませんでした。",
    .mail_goes_on = "メールは失われません。受け付けたものは保存されており、送信元は再送します。",
    .tries_again = "このページは自動的に再試行します。",
    .try_again = "もう一度試す",
    .contact = "お問い合わせ先",
    .telephone = "電話",
    .no_pages = "ページがありません",
    .no_pages_text = "このプログラムはページなしでビルドされました。",
    .javascript = "このページには JavaScript が必要です。",
};
}

const Words& words(Language language)
{
    return language == Language::japanese ? japanese : english;
}
}
