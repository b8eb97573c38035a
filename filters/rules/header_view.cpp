// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/header_view.hpp"

#include "filters/content/text.hpp"
#include "filters/rules/header_entries.hpp"
#include "filters/rules/words.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/ip.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace filters::rulebook {
namespace {
/// Another filter's verdict is none of a test's business.
bool is_hidden(const mail::Field& field)
{
    constexpr std::string_view prefix = "x-spam-";
    return field.name.size() > prefix.size()
        && mail::equals_ignoring_case(field.name.substr(0, prefix.size()), prefix);
}

/// A fold with its blanks is one blank.
std::string unfolded(std::string_view raw)
{
    std::string out;
    const auto text = with_line_feeds(raw);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\n') {
            out += text[i];
            continue;
        }
        out += ' ';
        while (i + 1 < text.size() && mail::is_blank(text[i + 1]))
            ++i;
    }
    return std::string{mail::trimmed(out)};
}

constexpr std::size_t longest_value = 8192, longest_text = 64U << 10;

/// Of a long value the beginning, unfolded.
std::string shortened(std::string_view raw)
{
    return unfolded(raw.substr(0, 2 * longest_value)).substr(0, longest_value);
}

/// The same as text: octets that are no UTF-8 are what Western programs take them for.
std::string as_text(std::string_view raw)
{
    auto text = shortened(raw);
    return mail::is_utf8(text) ? text
                               : content::to_utf8(text, "windows-1252", 4 * text.size()).utf8;
}

std::string decoded(std::string_view raw) { return mail::decode_words(as_text(raw)); }

struct Name {
    std::string_view field;
    bool is_raw = false, is_address = false, is_display = false, is_known = true;
    int which = 0; ///< 1 the first, -1 the last, 0 all
};

Name split(std::string_view text)
{
    Name name;
    auto colon = text.find(':');
    name.field = text.substr(0, colon);
    while (colon != std::string_view::npos) {
        const auto next = text.find(':', colon + 1);
        const auto modifier
            = text.substr(colon + 1, next == std::string_view::npos ? next : next - colon - 1);
        if (modifier == "raw")
            name.is_raw = true;
        else if (modifier == "addr")
            name.is_address = true;
        else if (modifier == "name")
            name.is_display = true;
        else if (modifier == "first")
            name.which = 1;
        else if (modifier == "last")
            name.which = -1;
        else
            name.is_known = false;
        colon = next;
    }
    return name;
}
}

namespace {
/// What `name` asks for of each entry, a line each.
void add_entries(std::string_view list, const Name& name, std::string& lines)
{
    for (const auto entry : list_entries(list)) {
        const auto address = entry_address(entry);
        auto part = name.is_address ? address : entry_name(entry);
        if (!name.is_address && !name.is_raw)
            part = plain_name(mail::decode_words(part));
        if (!part.empty() && (name.is_address || part != address))
            lines += (lines.empty() ? "" : "\n") + part;
    }
}
}

HeaderView::HeaderView(const mail::Header& header, std::string_view block)
    : header_{header}, block_{block}
{ }

bool HeaderView::is_known_name(std::string_view name) { return split(name).is_known; }

const std::string* HeaderView::find(std::string_view name) const
{
    auto known = known_.find(name);
    if (known == known_.end())
        known = known_.emplace(std::string{name}, make(name)).first;
    return known->second ? &*known->second : nullptr;
}

const std::string& HeaderView::text(std::string_view name) const
{
    static const std::string nothing;
    const auto* found = find(name);
    return found == nullptr ? nothing : *found;
}

std::string_view HeaderView::first(std::string_view name) const
{
    const std::string_view lines = text(name);
    return lines.substr(0, lines.find('\n'));
}

std::optional<std::string> HeaderView::make(std::string_view text) const
{
    const auto name = split(text);
    auto value = pseudo(name.field, name.is_raw);
    if (!name.is_address && !name.is_display)
        return value ? value : fields(name.field, name.is_raw, name.which);
    std::string lines;
    if (value)
        add_entries(mail::trimmed(*value), name, lines);
    // Brackets within an encoded word are part of the name, unless there are no others.
    for (auto* const read : {name.is_raw ? &shortened : &as_text, &decoded})
        for (const auto field : values(name.field, name.which))
            if (lines.size() < longest_text
                && (read != &decoded || (lines.empty() && !name.is_raw)))
                add_entries(read(field), name, lines);
    return lines.empty() ? std::nullopt : std::optional{lines};
}

std::optional<std::string> HeaderView::pseudo(std::string_view name, bool is_raw) const
{
    if (name == "ALL")
        return all(is_raw);
    if (name == "ToCc") {
        const auto to = fields("To", is_raw, 0), cc = fields("Cc", is_raw, 0);
        return to || cc ? std::optional{to.value_or("") + cc.value_or("")} : std::nullopt;
    }
    if (name == "MESSAGEID") {
        std::string ids;
        for (const auto* field :
             {"X-Message-Id", "Resent-Message-Id", "X-Orig-Message-ID", "Message-Id"})
            ids += fields(field, is_raw, 0).value_or("");
        return ids.empty() ? std::nullopt : std::optional{ids};
    }
    if (name == "EnvelopeFrom")
        return envelope_from();
    if (name == "ALL-TRUSTED" || name == "ALL-INTERNAL")
        return all_of(false);
    if (name == "ALL-UNTRUSTED" || name == "ALL-EXTERNAL")
        return all_of(true);
    if (name == "X-Spam-Relays-Trusted" || name == "X-Spam-Relays-Internal")
        return to_string(trace().trusted);
    if (name == "X-Spam-Relays-Untrusted" || name == "X-Spam-Relays-External")
        return to_string(trace().untrusted);
    return {};
}

std::optional<std::string> HeaderView::fields(std::string_view name, bool is_raw, int which) const
{
    std::optional<std::string> text;
    for (const auto raw : values(name, which)) {
        auto value = is_raw ? with_line_feeds(raw.substr(0, longest_value)) : decoded(raw);
        value += '\n';
        if (text && text->size() + value.size() > longest_text)
            break;
        if (!text)
            text.emplace();
        *text += value;
    }
    return text;
}

std::vector<std::string_view> HeaderView::values(std::string_view name, int which) const
{
    std::vector<std::string_view> found;
    for (const auto& field : header_.fields())
        if (field.is(name) && !is_hidden(field))
            found.push_back(field.value);
    if (which != 0 && !found.empty())
        found = {which < 0 ? found.back() : found.front()};
    return found;
}

std::optional<std::string> HeaderView::envelope_from() const
{
    for (const auto* relays : {&trace().untrusted, &trace().trusted})
        if (!relays->empty() && !relays->front().envelope_from.empty())
            return relays->front().envelope_from;
    // A sender's program that writes it may have written the others, too; and what stands behind
    // a Received field was there before the last host.
    bool has_received = false;
    for (const auto& field : header_.fields()) {
        has_received |= field.is("Received");
        if (field.is("X-Sender") || (has_received && field.is("Return-Path")))
            return {};
    }
    for (const auto* name : {"X-Envelope-From", "Envelope-Sender", "Return-Path"})
        if (const auto value = fields(name, false, 1); value && value->contains('@'))
            if (auto address = entry_address(*value); !address.empty())
                return address;
    return {};
}

std::string HeaderView::all(bool is_raw) const
{
    if (is_raw)
        return with_line_feeds(block_.substr(0, longest_text));
    std::string text;
    for (const auto& field : header_.fields())
        if (!is_hidden(field) && text.size() < longest_text)
            text += std::string{field.name} + ": " + decoded(field.value) + "\n";
    return text;
}

std::optional<std::string> HeaderView::all_of(bool is_untrusted) const
{
    std::size_t received = 0;
    bool is_behind = false;
    std::string text;
    for (const auto& field : header_.fields()) {
        if (field.is("Received"))
            is_behind |= received++ == trace().first_untrusted;
        if (is_behind == is_untrusted && !is_hidden(field) && text.size() < longest_text)
            text += std::string{field.name} + ": " + decoded(field.value) + "\n";
    }
    return text.empty() ? std::nullopt : std::optional{text};
}

/// Where a web mailer says its user sat: one hop more, which says nothing but the address. Behind
/// hosts of ours a private one is ours, too.
void HeaderView::add_origin(Trace& trace) const
{
    static constexpr std::array<std::string_view, 5> names{
        "X-Yahoo-Post-IP", "X-Originating-IP", "X-Apparently-From", "X-SenderIP", "X-AOL-IP"};
    for (const auto name : names)
        for (const auto& field : header_.fields()) {
            if (!field.is(name))
                continue;
            const auto text = unfolded(field.value);
            const auto start = text.find_first_of("0123456789abcdefABCDEF");
            const auto end = text.find_first_not_of("0123456789abcdefABCDEF.:", start);
            const auto ip
                = start == std::string::npos ? std::string{} : text.substr(start, end - start);
            if (!mail::Ip::parse(ip))
                continue;
            const bool is_private = is_private_address(ip);
            const bool is_ours = is_private && trace.untrusted.empty();
            auto& origin = (is_ours ? trace.trusted : trace.untrusted).emplace_back();
            origin.ip = ip;
            origin.is_private = is_private;
            origin.is_internal = is_ours;
            return;
        }
}

const Trace& HeaderView::trace() const
{
    if (!trace_) {
        std::vector<std::string> received;
        for (const auto& field : header_.fields())
            if (field.is("Received"))
                received.push_back(unfolded(field.value));
        trace_ = read_trace(received);
        add_origin(*trace_);
    }
    return *trace_;
}
}
