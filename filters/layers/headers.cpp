// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/mail_date.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters {
namespace {
constexpr std::string_view no_from = "headers.no_from";
constexpr std::string_view multiple_from = "headers.multiple_from";
constexpr std::string_view malformed_from = "headers.malformed_from";
constexpr std::string_view unquoted_comma = "headers.unquoted_comma";
constexpr std::string_view many_authors = "headers.many_authors";
constexpr std::string_view from_domains = "headers.from_domains";
constexpr std::string_view encoded_address = "headers.encoded_address";
constexpr std::string_view name_is_address = "headers.name_is_address";
constexpr std::string_view no_date = "headers.no_date";
constexpr std::string_view date_off = "headers.date_off";
constexpr std::string_view no_message_id = "headers.no_message_id";
constexpr std::string_view no_subject = "headers.no_subject";
constexpr std::string_view duplicate = "headers.duplicate";
constexpr std::string_view malformed_lines = "headers.malformed_lines";
constexpr std::string_view control_characters = "headers.control_characters";
constexpr std::string_view raw_8bit = "headers.raw_8bit";
constexpr std::string_view truncated = "headers.truncated";
constexpr std::string_view loop = "headers.loop";

/// "Last, First (Site) <a@b.example>": wrong without quotes, and what honest programs send all the
/// same.
bool is_name_with_comma(std::string_view raw_value)
{
    const auto value = mail::unfold(raw_value);
    const auto comma = value.find(','), open = value.find('<');
    if (open == value.npos || comma >= open || !value.ends_with('>'))
        return false;
    const auto is_name = [](std::string_view part) {
        return part.size() > 1 && !part.starts_with(' ') && std::ranges::all_of(part, [](char c) {
                   return mail::is_alphanumeric(c) || (c & 0x80) != 0 || c == ' ' || c == '-'
                       || c == '.' || c == '\'' || c == '(' || c == ')';
               });
    };
    const auto first = std::string_view{value}.substr(comma + 1, open - comma - 1);
    return is_name(std::string_view{value}.substr(0, comma)) && first.starts_with(' ')
        && first.ends_with(' ') && is_name(mail::trimmed(first))
        && mail::Mailbox::parse(std::string_view{value}.substr(open + 1, value.size() - open - 2))
               .has_value();
}

/// Only so much of a From is looked at closely; what is longer is malformed by itself.
constexpr std::size_t longest_from = 8192;

std::string shown(std::string_view text)
{
    std::string out{text.substr(0, 200)};
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = ' ';
    return out;
}

bool has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == 0x7F || (byte < 0x20 && c != '\t' && c != '\r' && c != '\n');
    });
}

/// An encoded word where an address stands (RFC 2047 §5 forbids it): programs disagree on whether
/// to decode it. Returns where, or nothing.
std::string_view encoded_in_address(std::string_view value)
{
    for (const std::string_view sign : {"?=@", "@=?"})
        if (const auto at = value.find(sign); at != std::string_view::npos)
            return value.substr(at > 40 ? at - 40 : 0, 80);
    for (auto open = value.find('<'); open != std::string_view::npos;
         open = value.find('<', open + 1)) {
        const auto inside = value.substr(open, value.find('>', open) - open);
        if (inside.find("=?") != std::string_view::npos)
            return inside;
    }
    return {};
}

/// "a@b.example" somewhere in a display name, or nothing.
std::optional<mail::Mailbox> address_in(std::string_view name)
{
    const auto at = name.find('@');
    if (at == std::string_view::npos)
        return {};
    constexpr std::string_view ends = " \t\"'<>()[],;:";
    const auto before = name.find_last_of(ends, at);
    const auto after = name.find_first_of(ends, at);
    const auto first = before == std::string_view::npos ? 0 : before + 1;
    const auto last = after == std::string_view::npos ? name.size() : after;
    auto mailbox = mail::Mailbox::parse(name.substr(first, last - first));
    return mailbox ? std::optional{std::move(*mailbox)} : std::nullopt;
}

/// One reading of one header.
class Reading {
public:
    Reading(const mail::Header& header, std::string_view block) : header_{header}, block_{block} { }

    Findings facts(unsigned most_received, std::chrono::system_clock::time_point now,
                   std::chrono::milliseconds tolerance)
    {
        from();
        presence();
        bytes();
        date(now, tolerance);
        if (const auto hops = header_.count("Received"); hops >= most_received)
            add(loop, std::to_string(hops));
        return std::move(findings_);
    }

private:
    void add(std::string_view name, std::string detail = {}, std::string evidence = {})
    {
        findings_.push_back({name, std::move(detail), std::move(evidence), {}});
    }

    void from()
    {
        const auto* field = header_.find("From");
        if (!field)
            return add(no_from);
        if (const auto count = header_.count("From"); count > 1)
            add(multiple_from, std::to_string(count));
        if (field->value.size() > longest_from)
            return add(malformed_from, "longer than 8 KiB");
        const auto list = mail::parse_address_list(field->value);
        if (list.entries.empty() || list.malformed > 0)
            add(is_name_with_comma(field->value) ? unquoted_comma : malformed_from,
                shown(mail::unfold(field->value)));
        if (const auto where = encoded_in_address(field->value); !where.empty())
            add(encoded_address, shown(where));
        authors(list);
        for (const auto& entry : list.entries)
            if (names_another(entry))
                return add(name_is_address, shown(entry.display_name), entry.mailbox.to_string());
    }
    void authors(const mail::AddressList& list)
    {
        if (list.entries.size() < 2)
            return;
        add(many_authors, std::to_string(list.entries.size()));
        const auto& first = list.entries.front().mailbox.domain();
        for (const auto& entry : list.entries)
            if (entry.mailbox.domain() != first)
                return add(from_domains, first.ascii() + " " + entry.mailbox.domain().ascii());
    }
    static bool names_another(const mail::AddressList::Entry& entry)
    {
        const auto named = address_in(entry.display_name);
        return named && named->domain() != entry.mailbox.domain();
    }

    void presence()
    {
        struct Wanted {
            std::string_view field, missing;
        };
        constexpr std::array wanted{Wanted{"Date", no_date}, Wanted{"Message-ID", no_message_id},
                                    Wanted{"Subject", no_subject}};
        for (const auto& [field, missing] : wanted)
            if (!header_.find(field))
                add(missing);
        // RFC 5322 §3.6: each at most once; two make two readings of one message.
        constexpr std::array<std::string_view, 9> single{"Date",   "Message-ID",  "Subject",
                                                         "Sender", "Reply-To",    "To",
                                                         "Cc",     "In-Reply-To", "MIME-Version"};
        for (const auto field : single)
            if (header_.count(field) > 1)
                add(duplicate, std::string{field});
        if (header_.is_truncated())
            add(truncated);
        if (const auto lines = header_.malformed_lines(); lines > 0)
            add(malformed_lines, std::to_string(lines));
    }

    void bytes()
    {
        if (const auto* field = header_.find("From"); field && has_control(field->value))
            add(control_characters, "From");
        else if (has_control(block_))
            add(control_characters);
        if (std::ranges::any_of(block_,
                                [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
            add(raw_8bit);
    }

    void date(std::chrono::system_clock::time_point now, std::chrono::milliseconds tolerance)
    {
        const auto* field = header_.find("Date");
        if (!field)
            return;
        const auto text = mail::unfold(field->value.substr(0, 256));
        const auto time = parse_mail_date(text);
        if (!time)
            return add(date_off, "unreadable", shown(text));
        const auto off = std::chrono::duration_cast<std::chrono::hours>(*time - now);
        if (off > tolerance || -off > tolerance)
            add(date_off, std::to_string(off.count()) + " h", shown(text));
    }

    const mail::Header& header_;
    std::string_view block_;
    Findings findings_;
};

/// The shape of the header: what honest programs never write.
class Headers final : public Layer {
public:
    explicit Headers(const Settings& settings)
        : most_received_{static_cast<unsigned>(settings.number("most_received"))},
          tolerance_{settings.duration("date_tolerance")}
    {
        if (settings.number("most_received") < 10 || settings.number("most_received") > 1000)
            settings.complain("most_received", "\"most_received\" must be from 10 to 1000");
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        return Reading{mail.message.header(), mail.message.header_block()}.facts(
            most_received_, mail.received_at, tolerance_);
    }

private:
    unsigned most_received_;
    std::chrono::milliseconds tolerance_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services&)
{
    return std::make_unique<Headers>(settings);
}
}

extern const LayerType headers{
    .name = "headers",
    .summary = "Looks at the shape of the header: missing, repeated, ambiguous and broken fields.",
    .findings = {
        {.name = no_from,
         .english = "There is no From field.",
         .japanese = "Fromがありません。",
         .enhanced = "6.0",
         .refusal = "the message has no From field"},
        {.name = multiple_from,
         .english = "There are {} From fields; programs differ in which they show.",
         .japanese = "Fromが{}個あります。",
         .enhanced = "6.0",
         .refusal = "the message has more than one From field"},
        {.name = malformed_from,
         .english = "The From field is no list of addresses: {}",
         .japanese = "Fromがアドレスとして読めません: {}",
         .enhanced = "6.0",
         .refusal = "the From field cannot be read"},
        {.name = unquoted_comma,
         .english = "The author's name has a comma without quotes around it: {}",
         .japanese = "差出人の名前に引用符で囲まれていないコンマがあります: {}"},
        {.name = many_authors,
         .english = "The From field names {} authors.",
         .japanese = "Fromに{}個のアドレスがあります。"},
        {.name = from_domains,
         .english = "The From field names authors of several domains: {}",
         .japanese = "Fromに複数のドメインがあります: {}",
         .enhanced = "6.0",
         .refusal = "the From field names several domains"},
        {.name = encoded_address,
         .english = "An encoded word hides inside an address: {}",
         .japanese = "アドレスの中に符号化語があります: {}",
         .enhanced = "6.0",
         .refusal = "the From field has an encoded word inside its address"},
        {.name = name_is_address,
         .english = "The author's display name shows another address: {}",
         .japanese = "差出人の表示名に別のアドレスがあります: {}"},
        {.name = no_date, .english = "There is no Date field.", .japanese = "Dateがありません。"},
        {.name = date_off,
         .english = "The Date field is far from the present: {}",
         .japanese = "Dateが現在と大きく異なります: {}"},
        {.name = no_message_id,
         .english = "There is no Message-ID field.",
         .japanese = "Message-IDがありません。"},
        {.name = no_subject,
         .english = "There is no Subject field.",
         .japanese = "Subjectがありません。"},
        {.name = duplicate,
         .english = "A field that may stand once stands several times: {}",
         .japanese = "一度だけのはずのフィールドが重複しています: {}"},
        {.name = malformed_lines,
         .english = "{} lines of the header are no fields.",
         .japanese = "ヘッダーにフィールドでない行が{}行あります。"},
        {.name = control_characters,
         .english = "The header has control characters.",
         .japanese = "ヘッダーに制御文字があります。",
         .enhanced = "6.0",
         .refusal = "the header has control characters"},
        {.name = raw_8bit,
         .english = "The header has unencoded 8-bit characters.",
         .japanese = "ヘッダーに符号化されていない8ビット文字があります。"},
        {.name = truncated,
         .english = "The header is larger than what is read.",
         .japanese = "ヘッダーが大きすぎて全部は読めません。"},
        {.name = loop,
         .english = "The message has passed {} servers: it runs in a loop.",
         .japanese = "{}台のサーバーを経由しており、ループしています。",
         .is_overriding = true,
         .action = mail::Action::reject,
         .enhanced = "4.6",
         .refusal = "too many hops ({}): the message runs in a loop"},
    },
    .settings = R"(# So many Received fields mean a loop: it is refused, whatever the lists say.
# By default what `limits: { received_fields: ... }` says.
most_received: 50
# A Date further away than this, in the past or the future, is a fact.
date_tolerance: 3 days
)",
    .make = make,
};
}
