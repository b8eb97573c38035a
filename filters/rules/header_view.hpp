// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/rules/relay.hpp"
#include "gateway/mail/header.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::rulebook {
/// A message's header as header tests see it (Mail::SpamAssassin::Conf, "header"): decoded values
/// without folds, each with a line end behind it; modifiers ":raw", ":addr", ":name" (a line
/// for each entry of a list), ":first", ":last"; the pseudo fields ALL, ToCc, EnvelopeFrom,
/// MESSAGEID and X-Spam-Relays-….
class HeaderView {
public:
    /// `header` must outlive the view; `block` is the header as it came.
    HeaderView(const mail::Header& header, std::string_view block);
    /// nullptr: there is no such field. The text lives as long as the view.
    const std::string* find(std::string_view name) const;
    /// As `find`, or "".
    const std::string& text(std::string_view name) const;
    /// Of ":addr" and ":name" the first entry, or "".
    std::string_view first(std::string_view name) const;
    const Trace& trace() const;
    const mail::Header& header() const { return header_; }
    /// Whether the syntax of a field's name with its modifiers is one we know.
    static bool is_known_name(std::string_view name);

private:
    std::optional<std::string> make(std::string_view name) const;
    std::vector<std::string_view> values(std::string_view name, int which) const;
    std::optional<std::string> pseudo(std::string_view name, bool is_raw) const;
    std::optional<std::string> fields(std::string_view name, bool is_raw, int which) const;
    std::optional<std::string> envelope_from() const;
    void add_origin(Trace& trace) const;
    std::string all(bool is_raw) const;
    std::optional<std::string> all_of(bool is_untrusted) const;

    const mail::Header& header_;
    std::string_view block_;
    mutable std::map<std::string, std::optional<std::string>, std::less<>> known_;
    mutable std::optional<Trace> trace_;
};
}
