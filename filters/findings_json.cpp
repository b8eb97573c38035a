// SPDX-License-Identifier: Apache-2.0
#include "filters/findings_json.hpp"
#include "filters/units.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace filters {
namespace {
constexpr std::size_t largest = 8192;
constexpr std::size_t longest_text = 512;

bool is_plain(std::string_view text)
{
    return std::ranges::all_of(
        text, [](char c) { return c >= ' ' && c < '\x7F' && c != '"' && c != '\\'; });
}

void append_escaped(std::string& out, std::string_view raw)
{
    std::string text;
    mail::append_utf8(text, raw);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7F) {
            constexpr std::string_view digits = "0123456789abcdef";
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 0xFU];
        } else {
            out += c;
        }
    }
}

void append_quoted(std::string& out, std::string_view raw)
{
    raw = raw.substr(0, longest_text);
    out += '"';
    if (is_plain(raw))
        out += raw;
    else
        append_escaped(out, raw);
    out += '"';
}

void append_object(std::string& out, const StoredFact& fact)
{
    out += "{\"name\":";
    append_quoted(out, fact.name);
    const auto text = [&](std::string_view key, const std::string& value) {
        if (value.empty())
            return;
        out.append(",\"").append(key).append("\":");
        append_quoted(out, value);
    };
    text("detail", fact.detail);
    text("evidence", fact.evidence);
    if (fact.points != 0)
        out.append(",\"points\":").append(real_text(fact.points));
    if (fact.weight)
        out.append(",\"weight\":").append(real_text(*fact.weight));
    if (fact.is_own)
        out += ",\"own\":1";
    out += '}';
}

/// Layers whose evidence is the words, or the links, that spoke.
bool is_quoting(std::string_view fact)
{
    return fact.starts_with("classifier.") || fact.starts_with("intent.");
}

/// Takes JSON apart from the front; flat objects only, so there is nothing to recurse into.
class Reader {
public:
    explicit Reader(std::string_view json) : rest_{json} { }

    bool take(char c)
    {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool is_done() { return rest_.find_first_not_of(" \t\r\n") == std::string_view::npos; }
    std::optional<std::string> text()
    {
        if (!take('"'))
            return {};
        std::string out;
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && !escape(out))
                return {};
            if (rest_.empty() || rest_.front() == '"' || rest_.front() == '\\')
                continue;
            out += rest_.front();
            rest_.remove_prefix(1);
        }
        return take('"') ? std::optional{std::move(out)} : std::nullopt;
    }
    std::optional<double> number()
    {
        double value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error != std::errc{})
            return {};
        rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
        return value;
    }

private:
    bool escape(std::string& out)
    {
        constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
        if (rest_.size() < 2)
            return false;
        const char kind = rest_[1];
        if (kind == 'u') {
            unsigned value = 0;
            const auto digits = rest_.substr(2, 4);
            const auto [end, error]
                = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
            if (error != std::errc{} || digits.size() != 4 || end != digits.data() + 4
                || value > 0x7F)
                return false;
            out += static_cast<char>(value);
            rest_.remove_prefix(6);
            return true;
        }
        const auto at = names.find(kind);
        if (at == std::string_view::npos)
            return false;
        out += values[at];
        rest_.remove_prefix(2);
        return true;
    }
    std::string_view rest_;
};

std::optional<StoredFact> read_object(Reader& reader)
{
    StoredFact fact;
    if (!reader.take('{'))
        return {};
    do {
        const auto key = reader.text();
        if (!key || !reader.take(':'))
            return {};
        if (auto value = reader.text()) {
            if (*key == "name")
                fact.name = std::move(*value);
            else if (*key == "detail")
                fact.detail = std::move(*value);
            else if (*key == "evidence")
                fact.evidence = std::move(*value);
        } else if (const auto number = reader.number()) {
            if (*key == "points")
                fact.points = *number;
            else if (*key == "weight")
                fact.weight = *number;
            else if (*key == "own")
                fact.is_own = *number != 0;
        } else {
            return {};
        }
    } while (reader.take(','));
    return reader.take('}') ? std::optional{std::move(fact)} : std::nullopt;
}
}

std::vector<StoredFact> stored_facts(const mail::Findings& shared, const mail::Findings& own,
                                     const std::vector<Points>& points)
{
    std::vector<StoredFact> facts;
    facts.reserve(shared.size() + own.size());
    for (const auto* findings : {&shared, &own})
        for (const auto& finding : *findings)
            facts.push_back({std::string{finding.name}, finding.detail, finding.evidence, 0,
                             finding.weight, findings == &own});
    for (const auto& one : points) {
        // The first fact of that name that has none yet; then the last of the name collects.
        StoredFact* target = nullptr;
        for (auto& fact : facts)
            if (fact.name == one.finding && (!target || target->points != 0))
                target = &fact;
        if (target)
            target->points += one.points;
        else
            facts.push_back({.name = one.finding, .points = one.points});
    }
    return facts;
}

std::string findings_json(const mail::Findings& shared, const mail::Findings& own,
                          const std::vector<Points>& points)
{
    const auto facts = stored_facts(shared, own, points);
    std::string json = "[";
    json.reserve(256);
    for (const bool is_counting : {true, false})
        for (const auto& fact : facts) {
            if ((fact.points != 0) != is_counting)
                continue;
            const auto before = json.size();
            if (before > 1)
                json += ',';
            append_object(json, fact);
            if (json.size() + 1 > largest)
                json.resize(before);
        }
    return json + "]";
}

std::string without_quotes(std::string_view json)
{
    auto facts = parse_findings_json(json).value_or(std::vector<StoredFact>{});
    std::string out = "[";
    for (auto& fact : facts) {
        if (is_quoting(fact.name))
            fact.evidence.clear();
        if (out.size() > 1)
            out += ',';
        append_object(out, fact);
    }
    return out + "]";
}

std::optional<std::vector<StoredFact>> parse_findings_json(std::string_view json)
{
    Reader reader{json};
    std::vector<StoredFact> facts;
    if (!reader.take('['))
        return {};
    if (!reader.take(']')) {
        do {
            auto fact = read_object(reader);
            if (!fact)
                return {};
            facts.push_back(std::move(*fact));
        } while (reader.take(','));
        if (!reader.take(']'))
            return {};
    }
    return reader.is_done() ? std::optional{std::move(facts)} : std::nullopt;
}
}
