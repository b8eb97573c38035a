// SPDX-License-Identifier: Apache-2.0
#include "filters/content/feature_signs.hpp"

#include "filters/content/verdict_fields.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <bit>
#include <set>
#include <string_view>

namespace filters::content {
namespace {
constexpr std::size_t most_oddities = 20, text_looked_at = 4000;

struct Letters {
    std::size_t upper = 0, lower = 0, digits = 0, shouts = 0;

    void add(std::string_view text)
    {
        for (const char c : text) {
            upper += c >= 'A' && c <= 'Z';
            lower += c >= 'a' && c <= 'z';
            digits += c >= '0' && c <= '9';
            shouts += c == '!' || c == '$';
        }
    }
};

std::string scale(std::size_t number) { return std::to_string(std::bit_width(number)); }

/// The last two labels of the last address in a text: near enough for comparing.
std::string domain_in(std::string_view text)
{
    const auto at = text.rfind('@');
    if (at == std::string_view::npos)
        return "-";
    std::string domain{text.substr(at + 1, text.find_first_of("> ,;)\r\n", at) - at - 1)};
    std::ranges::transform(domain, domain.begin(), mail::to_lower);
    const auto last = domain.rfind('.');
    const auto before = last == std::string::npos || last == 0 ? last : domain.rfind('.', last - 1);
    return before == std::string::npos ? domain : domain.substr(before + 1);
}

std::string_view raw(const mail::Header& header, std::string_view name)
{
    const auto* field = header.find(name);
    return field ? field->value : std::string_view{};
}

class Signs {
public:
    Signs(const mail::Header& header, const Content& content)
        : header_{header}, content_{content}, from_{domain_in(raw(header, "From"))}
    { }

    std::vector<std::string> take()
    {
        senders();
        subject();
        text();
        links();
        const auto fields = std::ranges::count_if(header_.fields(), [](const mail::Field& field) {
            return !is_word_of_filters(field.name);
        });
        add("fields", std::to_string(fields / 3));
        const bool is_list = std::ranges::any_of(header_.fields(), [](const mail::Field& field) {
            return field.name.size() > 5
                && mail::equals_ignoring_case(field.name.substr(0, 5), "list-");
        });
        add("list", is_list ? "yes" : "no");
        const auto& odd = content_.oddities;
        for (std::size_t i = 0; i < std::min(odd.size(), most_oddities); ++i)
            add("odd", odd[i].name);
        return std::move(signs_);
    }

private:
    void add(std::string_view name, std::string_view value)
    {
        signs_.push_back("=" + std::string{name} + " " + std::string{value});
    }

    void senders()
    {
        add("id of sender", domain_in(raw(header_, "Message-ID")) == from_ ? "yes" : "no");
        add("to itself", domain_in(raw(header_, "To")) == from_ ? "yes" : "no");
        const auto reply_to = raw(header_, "Reply-To");
        add("reply to",
            reply_to.empty() ? "none" : (domain_in(reply_to) == from_ ? "same" : "other"));
    }

    void subject()
    {
        const bool is_answer = header_.find("In-Reply-To") || header_.find("References");
        const auto& subject = content_.subject;
        std::string lower{subject};
        std::ranges::transform(lower, lower.begin(), mail::to_lower);
        add("answer",
            std::string{is_answer ? "yes" : "no"} + (lower.contains("re:") ? ", re" : ""));
        Letters letters;
        letters.add(subject);
        add("subject capitals",
            std::to_string(letters.upper * 5 / (letters.upper + letters.lower + 1)));
        add("subject digits", std::to_string(std::min<std::size_t>(letters.digits, 4)));
        add("subject shouts", std::to_string(std::min<std::size_t>(letters.shouts, 4)));
        add("subject length", scale(subject.size() / 4));
    }

    void text()
    {
        Letters letters;
        std::size_t length = 0, html = 0, plain = 0, hidden = 0;
        for (const auto& body : content_.bodies) {
            length += body.visible.size();
            hidden += body.hidden.size();
            ++(body.type == "text/html" ? html : plain);
            letters.add(std::string_view{body.visible}.substr(0, text_looked_at));
        }
        const auto all = letters.upper + letters.lower;
        add("texts",
            std::to_string(std::min<std::size_t>(plain, 3)) + " plain "
                + std::to_string(std::min<std::size_t>(html, 3)) + " html");
        add(html ? "html length" : "length", scale(length / 16));
        add("capitals", std::to_string(letters.upper * 12 / (all + 1)));
        add("digits", std::to_string(letters.digits * 20 / (all + letters.digits + 1)));
        add("shouts", scale(letters.shouts * 1000 / (all + 100)));
        add("hidden", scale(hidden / 8));
    }

    void links()
    {
        std::set<std::string_view> hosts;
        std::size_t pictures = 0, own = 0, count = 0;
        for (const auto& link : content_.links) {
            if (++count > 200)
                break;
            hosts.insert(link.url.host);
            pictures += link.kind == HtmlLink::Kind::picture;
            own += domain_in("@" + link.url.host) == from_;
        }
        add("links", scale(count));
        add("hosts", scale(hosts.size()));
        add("pictures", scale(pictures));
        add("own links", count == 0 ? "-" : own == 0 ? "none" : own == count ? "all" : "some");
    }

    const mail::Header& header_;
    const Content& content_;
    std::string from_;
    std::vector<std::string> signs_;
};
}

std::vector<std::string> structure_signs(const mail::Header& header, const Content& content)
{
    return Signs{header, content}.take();
}
}
