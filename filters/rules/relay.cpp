// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/relay.hpp"

#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_relays = 200, longest_field = 4096;

/// Name characters that end an item in a Received field.
std::string_view item(std::string_view text)
{
    return text.substr(0, text.find_first_of(" \t()<>;,"));
}

/// The address in "[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1", "[192.0.2.1]:25"; or "".
std::string address_in(std::string_view text)
{
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        text = text.substr(1, end == std::string_view::npos ? end : end - 1);
    }
    if (text.size() > 5 && mail::equals_ignoring_case(text.substr(0, 5), "IPv6:"))
        text.remove_prefix(5);
    if (text.size() > 7 && mail::equals_ignoring_case(text.substr(0, 7), "::ffff:"))
        text.remove_prefix(7);
    text = text.substr(0, text.find('%'));
    return mail::Ip::parse(text) ? std::string{text} : std::string{};
}

/// The text between the brackets that open at the front, nested ones included.
std::string_view bracketed(std::string_view text)
{
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        depth += text[i] == '(';
        if (text[i] == ')' && --depth == 0)
            return text.substr(1, i - 1);
    }
    return {};
}

/// What stands behind `key` up to a blank or bracket; "" without it.
std::string_view value_of(std::string_view text, std::string_view key)
{
    for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
        const char before = at == 0 ? ' ' : text[at - 1];
        if (before == ' ' || before == '(' || before == ';')
            return item(text.substr(at + key.size()));
    }
    return {};
}

/// What stands in brackets of the notation would be taken for the notation.
std::string harmless(std::string_view text)
{
    std::string out{text};
    for (auto& c : out)
        c = std::string_view{"[]()#{}"}.contains(c) ? '!' : c;
    return out;
}

/// Reads one field's value.
class ReceivedReader {
public:
    explicit ReceivedReader(std::string_view text) : text_{text.substr(0, longest_field)} { }

    std::optional<Relay> run()
    {
        if (!text_.starts_with("from "))
            return {};
        auto rest = text_.substr(5);
        const auto by = find_by(rest);
        const auto sender = rest.substr(0, by);
        if (sender.contains("[(") || sender.contains("(mailfrom:"))
            return {};
        tail_ = rest.substr(std::min(by, rest.size()));
        read_sender(sender);
        const bool is_bare_address
            = is_alone_ && mail::trimmed(sender) == item(sender) && !sender.starts_with('[');
        if (relay_.ip.empty() || (is_bare_address && !is_plain_handover()))
            return {};
        relay_.by = harmless(value_of(tail_, "by "));
        relay_.id = value_of(tail_, "id ");
        if (relay_.id.empty())
            relay_.id = value_of(tail_, "id <");
        read_envelope();
        read_authentication();
        relay_.is_private = is_private_address(relay_.ip);
        return std::move(relay_);
    }

private:
    /// " by " outside of brackets.
    static std::size_t find_by(std::string_view text)
    {
        int depth = 0;
        for (std::size_t i = 0; i + 4 <= text.size(); ++i) {
            depth += text[i] == '(';
            depth -= text[i] == ')';
            if (depth <= 0 && text.substr(i, 4) == " by ")
                return i;
        }
        const auto at = text.find(" by ");
        return at == std::string_view::npos ? text.size() : at;
    }

    /// "by HOST with …", nothing between.
    bool is_plain_handover() const
    {
        constexpr std::string_view by = " by ";
        return tail_.starts_with(by)
            && tail_.substr(by.size() + item(tail_.substr(by.size())).size()).starts_with(" with ");
    }

    void read_sender(std::string_view sender)
    {
        const auto first = item(sender);
        std::vector<std::string_view> comments;
        std::string bare;
        for (auto rest = sender.substr(first.size()); !rest.empty();) {
            if (rest.front() == '(') {
                const auto inside = bracketed(rest);
                comments.push_back(inside);
                rest.remove_prefix(std::min(inside.size() + 2, rest.size()));
            } else if (rest.front() == '[' && bare.empty()) {
                bare = address_in(item(rest));
                rest.remove_prefix(std::max<std::size_t>(item(rest).size(), 1));
            } else
                rest.remove_prefix(1);
        }
        helo_ = first;
        for (const auto comment : comments)
            read_comment(comment);
        if (relay_.ip.empty())
            relay_.ip = bare;
        is_alone_ = relay_.ip.empty();
        if (is_alone_)
            relay_.ip = address_in(first);
        finish_names(first);
    }

    void read_comment(std::string_view comment)
    {
        for (const std::string_view key : {"helo=", "LHLO ", "HELO ", "EHLO "})
            if (const auto at = comment.find(key); at != std::string_view::npos && !has_helo_) {
                auto helo = item(comment.substr(at + key.size()));
                stated_helo_ = helo.substr(0, helo.find('"'));
                has_helo_ = true;
                has_quoted_helo_ = at > 0 && comment[at - 1] == '"';
                has_plain_helo_ = !has_quoted_helo_;
            }
        if (const auto ident = value_of(comment, "ident="); !ident.empty())
            relay_.ident = ident;
        for (auto word : words(comment)) {
            if (word.starts_with("IDENT:"))
                word.remove_prefix(6);
            const auto at = word.rfind('@');
            const auto host = at == std::string_view::npos ? word : word.substr(at + 1);
            const auto ip = address_in(host);
            if (!ip.empty() && relay_.ip.empty()) {
                relay_.ip = ip;
                is_bare_ = !host.starts_with('[');
                if (at != std::string_view::npos && at > 0)
                    relay_.ident = word.substr(0, at);
            } else if (!ip.empty() && is_bare_ && rdns_.empty() && host.starts_with('[')
                       && ip == relay_.ip) {
                // "(192.0.2.1 [192.0.2.1])": what was looked up is the address again; without a
                // name in front it is what the client said.
                has_helo_ |= helo_.empty();
                (helo_.empty() ? stated_helo_ : rdns_) = relay_.ip;
                is_bare_ = false;
            } else if (ip.empty() && relay_.ip.empty() && rdns_.empty() && !word.contains('=')
                       && word != "HELO" && word != "EHLO" && word != "LHLO" && !has_helo_) {
                rdns_ = host;
                if (at != std::string_view::npos && at > 0)
                    relay_.ident = word.substr(0, at);
            }
        }
    }

    /// Which of the names is what the client said, and which its address was looked up as.
    void finish_names(std::string_view first)
    {
        const bool is_number = !address_in(first).empty();
        const bool is_bracketed = first.starts_with('[');
        // Where only an address stands behind the name, some programs write what they looked up.
        const bool is_name_looked_up = !is_bracketed
            && (is_bare_ || has_plain_helo_ || (rdns_.empty() && writes_what_it_looked_up()));
        relay_.helo = has_helo_      ? stated_helo_
            : is_number && is_alone_ ? std::string_view{}
                                     : first;
        relay_.rdns = !rdns_.empty()                               ? rdns_
            : is_name_looked_up && !is_alone_ && !has_quoted_helo_ ? first
                                                                   : std::string_view{};
        // Sendmail doubts what it looked up; where it names itself, others believe it all the same.
        const bool is_doubted = text_.contains("(may be forged)") && !tail_.contains("(8.");
        if (is_doubted || (relay_.rdns == "localhost" && !is_private_address(relay_.ip)))
            relay_.rdns.clear();
        if (relay_.rdns == "unknown" || relay_.rdns.contains('[') || relay_.rdns == "UnknownHost")
            relay_.rdns.clear();
        relay_.helo = harmless(relay_.helo);
        if (relay_.rdns.ends_with('.'))
            relay_.rdns.pop_back();
    }

    /// Programs whose name in front, before a bare address, is what they looked up.
    bool writes_what_it_looked_up() const
    {
        static constexpr std::array<std::string_view, 5> signs{
            "Exim", " with esmtp id", " with smtp id", " with SMTP;", " with QMQP;"};
        return std::ranges::any_of(signs, [&](auto sign) { return tail_.contains(sign); });
    }

    void read_envelope()
    {
        for (const std::string_view key :
             {"envelope-from ", "envelope-sender ", "envelope-from=", "envelope-sender="})
            if (const auto at = text_.find(key); at != std::string_view::npos) {
                auto rest = text_.substr(at + key.size());
                while (rest.starts_with('<') || rest.starts_with(' '))
                    rest.remove_prefix(1);
                relay_.envelope_from = harmless(rest.substr(0, rest.find_first_of(" <>)\t")));
                return;
            }
    }

    void read_authentication()
    {
        const auto with = value_of(tail_, "with ");
        static constexpr std::array<std::string_view, 9> protocols{
            "ESMTPA",    "ESMTPSA",    "LMTPA", "LMTPSA", "ASMTP",
            "UTF8SMTPA", "UTF8SMTPSA", "HTTPU", "HTTPS"};
        const bool is_sign_on = std::ranges::any_of(
            protocols, [&](auto name) { return mail::equals_ignoring_case(with, name); });
        if (is_sign_on || with == "HTTP")
            relay_.auth = with;
        else if (text_.contains("(Authenticated sender: "))
            relay_.auth = "Postfix";
        else if (text_.contains("(authenticated bits=") || text_.contains("(authenticated ("))
            relay_.auth = "Sendmail";
    }

    std::string_view text_, tail_;
    std::string_view helo_, stated_helo_, rdns_;
    bool has_helo_ = false, has_quoted_helo_ = false, has_plain_helo_ = false;
    bool is_bare_ = false; ///< the address stands without "[]"
    bool is_alone_ = false; ///< nothing but an address says who it was
    Relay relay_;
};

/// Handed over within one host.
bool is_local(std::string_view value)
{
    return value.contains(" with local") || value.contains("@localhost)")
        || value.starts_with("from localhost ") || value.contains("mail pickup service");
}

/// Says more of a sender than its name, but nothing that we understand.
bool is_strange(std::string_view value)
{
    const auto sender = value.substr(0, value.find(" by "));
    if (value.starts_with("From "))
        return sender.contains('(');
    if (!value.starts_with("from ") || sender.contains("(unverified)"))
        return false;
    for (const std::string_view sign : {"[local]", "with TCP", "(LSMTP "})
        if (value.contains(sign))
            return false;
    if (sender.ends_with(" (unknown)") && value.contains(" (SG) with "))
        return false;
    return (sender.contains('(') || sender.contains(" - ")) && !is_local(value);
}

bool is_fetched(std::string_view value)
{
    return value.contains("(fetchmail-") || value.contains("with IMAP (fetchmail");
}
}

bool is_private_address(std::string_view ip)
{
    static const auto networks = [] {
        std::vector<mail::Network> all;
        for (const auto* text : {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
                                 "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
                                 "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10", "::/128"})
            all.push_back(*mail::Network::parse(text));
        return all;
    }();
    const auto address = mail::Ip::parse(ip);
    return !address
        || std::ranges::any_of(networks, [&](const auto& one) { return one.contains(*address); });
}

std::string Relay::to_string() const
{
    return "[ ip=" + ip + " rdns=" + rdns + " helo=" + helo + " by=" + by + " ident=" + ident
        + " envfrom=" + envelope_from + " intl=" + (is_internal ? "1" : "0") + " id=" + id
        + " auth=" + auth + " msa=0 ]";
}

std::string to_string(const std::vector<Relay>& relays)
{
    std::string text;
    for (const auto& relay : relays)
        text += (text.empty() ? "" : " ") + relay.to_string();
    return text;
}

Trace read_trace(const std::vector<std::string>& received)
{
    Trace trace;
    trace.has_received = !received.empty();
    bool is_trusted = true;
    for (std::size_t i = 0; i < received.size(); ++i) {
        const auto& value = received[i];
        if (is_fetched(value)) {
            trace = {};
            trace.has_received = is_trusted = true;
            continue;
        }
        auto relay = ReceivedReader{value}.run();
        if (!relay) {
            trace.unparseable += is_strange(value);
            continue;
        }
        is_trusted = is_trusted && (relay->is_private || !relay->auth.empty());
        relay->is_internal = is_trusted && relay->is_private;
        auto& side = is_trusted ? trace.trusted : trace.untrusted;
        if (!is_trusted && trace.untrusted.empty())
            trace.first_untrusted = i;
        if (side.size() < most_relays)
            side.push_back(std::move(*relay));
    }
    return trace;
}
}
