// SPDX-License-Identifier: Apache-2.0
#include "filters/content/decoration.hpp"
#include "filters/layer.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <set>

namespace filters {
namespace {
using content::Body;
using content::Decoration;

constexpr std::string_view only_html
    = "composition.only_html",
    picture_only = "composition.picture_only", few_words = "composition.few_words",
    one_site = "composition.one_site", many_sites = "composition.many_sites",
    attachment_only = "composition.attachment_only", hidden_text = "composition.hidden_text",
    broken_words = "composition.broken_words", mixed_letters = "composition.mixed_letters",
    styled_letters = "composition.styled_letters", subject_symbols = "composition.subject_symbols",
    name_symbols = "composition.name_symbols", symbols = "composition.symbols",
    ornaments = "composition.ornaments", capitals = "composition.capitals",
    exclamations = "composition.exclamations", encoded_ascii = "composition.encoded_ascii",
    encoded_subject = "composition.encoded_subject", long_text = "composition.long_text",
    form = "composition.form", password = "composition.password", script = "composition.script",
    gap = "composition.gap";

bool is_html(const Body& body) { return body.type == "text/html"; }

/// Text beyond this says nothing new about how it is made.
constexpr std::size_t looked_at = 64U << 10;

std::string_view start_of(std::string_view text)
{
    auto cut = std::min(text.size(), looked_at);
    while (cut > 0 && cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80)
        --cut;
    return text.substr(0, cut);
}

/// "=?utf-8?Q?Hello?=": an encoded word around what needs none.
bool is_needlessly_encoded(const mail::Header& header)
{
    const auto* field = header.find("Subject");
    return field != nullptr && field->value.starts_with(" =?")
        && mail::is_ascii(header.decoded("Subject"));
}

/// Base64 around text that needs none.
bool is_needlessly_base64(const mail::Header& header, const Content& content)
{
    const bool has_text_alone = std::ranges::all_of(content.files, [](const content::File& file) {
        return file.declared.starts_with("text/") && !file.is_attachment;
    });
    const auto* field = header.find("Content-Transfer-Encoding");
    const bool is_encoded = field != nullptr
        ? mail::equals_ignoring_case(mail::trimmed(field->value), "base64")
        : content.raw_body.contains("ransfer-Encoding: base64");
    return has_text_alone && is_encoded && !content.bodies.empty()
        && std::ranges::all_of(content.bodies,
                               [](const Body& body) { return mail::is_ascii(body.raw); });
}

/// So many empty lines that what follows stands out of sight.
bool has_gap(std::string_view raw)
{
    constexpr std::size_t most = 25;
    std::size_t lines = 0;
    for (const char c : raw)
        if (c == '\n') {
            if (++lines >= most)
                return true;
        } else if (!mail::is_blank(c) && c != '\r')
            lines = 0;
    return false;
}

/// One reading of how a message is made.
class Reading {
public:
    Reading(const mail::Message& message, const Content& content)
        : header_{message.header()}, content_{content}
    {
        for (const auto& body : content.bodies) {
            (is_html(body) ? html_ : plain_) |= !body.visible.empty() || is_html(body);
            const auto found = content::decoration_of(start_of(body.visible));
            (is_html(body) ? html_letters_ : plain_letters_) += found.letters;
            add_up(found);
        }
    }

    Findings facts()
    {
        markup();
        links();
        writing();
        header_fields();
        return std::move(findings_);
    }

private:
    void add(std::string_view name, std::string detail = {})
    {
        findings_.push_back({name, std::move(detail), {}, {}});
    }
    void add_up(const Decoration& more)
    {
        text_.letters += more.letters;
        text_.capitals += more.capitals;
        text_.small += more.small;
        text_.symbols += more.symbols;
        text_.ornaments += more.ornaments;
        text_.exclamations += more.exclamations;
        text_.styled += more.styled;
        text_.broken_words += more.broken_words;
        text_.mixed_words += more.mixed_words;
    }

    void markup()
    {
        constexpr std::size_t some = 20, few = 200, much_hidden = 400;
        std::size_t pictures = 0, hidden = 0, forms = 0, passwords = 0, scripts = 0;
        bool has_gap_inside = false;
        for (const auto& body : content_.bodies) {
            pictures += body.counts.pictures;
            forms += body.counts.forms;
            passwords += body.counts.passwords;
            scripts += body.counts.scripts;
            hidden += content::decoration_of(start_of(body.hidden)).letters;
            has_gap_inside |= has_gap(start_of(is_html(body) ? body.visible : body.raw));
        }
        if (html_ && plain_letters_ < some)
            add(only_html);
        if (html_ && pictures > 0 && html_letters_ < few)
            add(picture_only, std::to_string(pictures));
        if (hidden > much_hidden || (hidden > few && hidden > html_letters_))
            add(hidden_text, std::to_string(hidden));
        if (forms > 0)
            add(form);
        if (passwords > 0)
            add(password);
        if (scripts > 0)
            add(script);
        if (has_gap_inside)
            add(gap);
        const bool has_file = std::ranges::any_of(
            content_.files, [](const content::File& file) { return file.is_attachment; });
        if (has_file && text_.letters < some)
            add(attachment_only);
    }

    void links()
    {
        constexpr std::size_t few = 300, many = 6;
        std::set<std::string> sites;
        for (const auto& link : content_.links)
            if (link.source != content::Link::Source::document
                && link.kind == content::HtmlLink::Kind::anchor
                && link.url.scheme.starts_with("http"))
                sites.insert(link.url.registrable());
        if (sites.empty())
            return;
        if (text_.letters < few)
            add(few_words, std::to_string(text_.letters));
        if (html_ && sites.size() == 1)
            add(one_site, *sites.begin());
        if (sites.size() >= many)
            add(many_sites, std::to_string(sites.size()));
    }

    void writing()
    {
        constexpr std::size_t much = 5000;
        if (text_.letters > much)
            add(long_text, std::to_string(text_.letters));
        constexpr std::size_t enough = 100, some = 3, most_symbols = 10, most_ornaments = 3,
                              most_exclamations = 4;
        const auto head = content::decoration_of(content_.subject + "\n" + content_.from_name);
        if (head.broken_words > 0 || text_.broken_words >= some)
            add(broken_words, std::to_string(head.broken_words + text_.broken_words));
        if (head.mixed_words > 0 || text_.mixed_words >= some)
            add(mixed_letters, std::to_string(head.mixed_words + text_.mixed_words));
        if (head.styled >= some || text_.styled > most_symbols)
            add(styled_letters, std::to_string(head.styled + text_.styled));
        if (content::decoration_of(content_.subject).symbols > 0)
            add(subject_symbols);
        if (content::decoration_of(content_.from_name).symbols > 0)
            add(name_symbols);
        if (text_.symbols > most_symbols && text_.symbols * 25 > text_.letters)
            add(symbols, std::to_string(text_.symbols));
        if (text_.ornaments > most_ornaments)
            add(ornaments, std::to_string(text_.ornaments));
        if (text_.capitals + text_.small > enough && text_.capitals > text_.small)
            add(capitals);
        if (text_.exclamations > most_exclamations && text_.exclamations * 200 > text_.letters)
            add(exclamations, std::to_string(text_.exclamations));
    }

    void header_fields()
    {
        if (is_needlessly_encoded(header_))
            add(encoded_subject);
        if (is_needlessly_base64(header_, content_))
            add(encoded_ascii);
    }

    const mail::Header& header_;
    const Content& content_;
    Decoration text_;
    std::size_t html_letters_ = 0, plain_letters_ = 0;
    bool html_ = false, plain_ = false;
    Findings findings_;
};

class Composition final : public ContentLayer {
public:
    Findings inspect(const mail::Message& message, const Content& content) const override
    {
        return Reading{message, content}.facts();
    }
};

std::unique_ptr<ContentLayer> make_content(const Settings&, Services&)
{
    return std::make_unique<Composition>();
}
}

extern const LayerType composition{
    .name = "composition",
    .summary = "How a message is made: pictures for words, disguised text, excess of decoration.",
    .findings = {
        {.name = only_html,
         .english = "There is HTML and no plain text.",
         .japanese = "HTMLだけでテキスト版がありません。"},
        {.name = picture_only,
         .english = "Pictures ({}) and hardly any text.",
         .japanese = "画像 ({}個) ばかりで文字がほとんどありません。"},
        {.name = few_words,
         .english = "A link with {} letters of text around it.",
         .japanese = "文字は{}字だけで、リンクがあります。"},
        {.name = one_site,
         .english = "All links lead to {}.",
         .japanese = "すべてのリンクが{}へ導きます。"},
        {.name = many_sites,
         .english = "Links lead to {} different sites.",
         .japanese = "リンク先が{}サイトに及びます。"},
        {.name = attachment_only,
         .english = "An attachment and no text.",
         .japanese = "添付ファイルだけで本文がありません。"},
        {.name = hidden_text,
         .english = "It hides {} letters from the reader.",
         .japanese = "読み手に見えない文字が{}字あります。"},
        {.name = broken_words,
         .english = "Invisible characters stand inside of {} words.",
         .japanese = "{}個の単語に見えない文字が挟まれています。"},
        {.name = mixed_letters,
         .english = "{} words mix Latin letters with others that look like them.",
         .japanese = "{}個の単語にラテン文字と似た別の文字が混ざっています。"},
        {.name = styled_letters,
         .english = "{} letters are written as symbols.",
         .japanese = "{}個の文字が装飾記号で書かれています。"},
        {.name = subject_symbols,
         .english = "The subject has emoji or symbols.",
         .japanese = "件名に絵文字や記号があります。"},
        {.name = name_symbols,
         .english = "The sender's name has emoji or symbols.",
         .japanese = "差出人名に絵文字や記号があります。"},
        {.name = symbols,
         .english = "Symbols in excess: {}",
         .japanese = "記号が過剰です: {}個"},
        {.name = ornaments,
         .english = "Ornamental lines in excess: {}",
         .japanese = "装飾の罫線が過剰です: {}本"},
        {.name = capitals,
         .english = "Most letters are capitals.",
         .japanese = "大文字ばかりです。"},
        {.name = exclamations,
         .english = "Exclamation marks in excess: {}",
         .japanese = "感嘆符が過剰です: {}個"},
        {.name = encoded_subject,
         .english = "The subject is encoded without need.",
         .japanese = "件名が不必要に符号化されています。"},
        {.name = encoded_ascii,
         .english = "The text is encoded without need.",
         .japanese = "本文が不必要に符号化されています。"},
        {.name = long_text,
         .english = "A long text: {} letters.",
         .japanese = "長い文章です: {}字"},
        {.name = form, .english = "It has a form.", .japanese = "フォームがあります。"},
        {.name = password,
         .english = "Phishing: it asks for a password by itself.",
         .japanese = "フィッシング: 本文中でパスワードを入力させます。"},
        {.name = script, .english = "It has scripts.", .japanese = "スクリプトがあります。"},
        {.name = gap,
         .english = "A wide gap hides what follows.",
         .japanese = "大きな空白の下に文字が隠されています。"},
    },
    .make_content = make_content,
};
}
