// SPDX-License-Identifier: Apache-2.0
#include "filters/content/dmarc_report.hpp"

#include "filters/content/report_octets.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace filters::content {
namespace {
constexpr std::size_t most_rows = 100'000, longest_value = 300, deepest = 32;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// The five entities of XML; others stay as they are written. Controls become blanks.
std::string plain(std::string_view text)
{
    struct Entity {
        std::string_view name;
        char means;
    };
    constexpr std::array entities{Entity{"&amp;", '&'}, Entity{"&lt;", '<'}, Entity{"&gt;", '>'},
                                  Entity{"&quot;", '"'}, Entity{"&apos;", '\''}};
    std::string out;
    text = trimmed(text).substr(0, longest_value);
    while (!text.empty()) {
        const auto found = std::ranges::find_if(
            entities, [&](const Entity& one) { return text.starts_with(one.name); });
        const char c = found == entities.end() ? text.front() : found->means;
        out += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
        text.remove_prefix(found == entities.end() ? 1 : found->name.size());
    }
    return out;
}

std::uint64_t number_in(std::string_view text)
{
    std::uint64_t number = 0;
    text = trimmed(text);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Calls for each element with text alone, with the names of the elements around it; and for each
/// end of an element. Attributes, comments and declarations are passed over.
template <class Text, class End> bool walk_xml(std::string_view xml, Text text, End end)
{
    std::vector<std::string_view> path;
    std::size_t content = 0;
    for (auto at = xml.find('<'); at != xml.npos; at = xml.find('<', at)) {
        if (xml.substr(at).starts_with("<!--")) {
            const auto close = xml.find("-->", at);
            if (close == xml.npos)
                return false;
            at = close + 3;
            continue;
        }
        const auto close = xml.find('>', at);
        if (close == xml.npos)
            return false;
        auto tag = xml.substr(at + 1, close - at - 1);
        const bool is_end = tag.starts_with('/'), is_empty = tag.ends_with('/');
        if (is_end)
            tag.remove_prefix(1);
        tag = tag.substr(0, tag.find_first_of(" \t\r\n/"));
        if (const auto colon = tag.rfind(':'); colon != tag.npos)
            tag.remove_prefix(colon + 1); // a name space
        if (!tag.empty() && tag.front() != '?' && tag.front() != '!' && !is_empty) {
            if (!is_end) {
                if (path.size() >= deepest)
                    return false;
                path.push_back(tag);
                content = close + 1;
            } else {
                if (path.empty() || path.back() != tag)
                    return false;
                text(path, xml.substr(content, at - content));
                path.pop_back();
                end(tag);
                content = at; // what stands around elements is no text
            }
        }
        at = close + 1;
    }
    return path.empty();
}

bool lies_in(const std::vector<std::string_view>& path, std::string_view name)
{
    return std::ranges::find(path, name) != path.end();
}

/// One report, element by element.
class Reader {
public:
    void text(const std::vector<std::string_view>& path, std::string_view value)
    {
        const auto name = path.back();
        if (lies_in(path, "record"))
            return take_of_record(path, name, value);
        if (name == "org_name")
            report_.organization = plain(value);
        else if (name == "report_id")
            report_.id = plain(value);
        else if (name == "begin")
            report_.begin = static_cast<std::int64_t>(number_in(value));
        else if (name == "end")
            report_.end = static_cast<std::int64_t>(number_in(value));
        else if (name == "domain" && lies_in(path, "policy_published"))
            report_.domain = plain(value);
        else if (name == "p" && lies_in(path, "policy_published"))
            report_.policy = plain(value);
    }
    void end(std::string_view name)
    {
        if (name != "record")
            return;
        if (report_.rows.size() < most_rows)
            report_.rows.push_back(std::move(row_));
        else
            report_.is_cut = true;
        row_ = {};
    }
    DmarcReport take() { return std::move(report_); }

private:
    void take_of_record(const std::vector<std::string_view>& path, std::string_view name,
                        std::string_view value)
    {
        if (name == "source_ip")
            row_.source = plain(value);
        else if (name == "count")
            row_.count = number_in(value);
        else if (name == "header_from")
            row_.header_from = plain(value);
        else if (name == "envelope_from")
            row_.envelope_from = plain(value);
        else if (!lies_in(path, "policy_evaluated"))
            return;
        else if (name == "disposition")
            row_.disposition = plain(value);
        else if (name == "dkim")
            row_.dkim = plain(value);
        else if (name == "spf")
            row_.spf = plain(value);
    }

    DmarcReport report_;
    DmarcReport::Row row_;
};

std::expected<DmarcReport, std::string> read_xml(std::string_view xml)
{
    Reader reader;
    const bool is_whole = walk_xml(
        xml, [&](const auto& path, std::string_view value) { reader.text(path, value); },
        [&](std::string_view name) { reader.end(name); });
    auto report = reader.take();
    if (!is_whole)
        return std::unexpected{std::string{"it is no whole XML document"}};
    if (report.domain.empty())
        return std::unexpected{std::string{"it says of no domain what was published"}};
    return report;
}
}

std::expected<DmarcReport, std::string> read_dmarc_report(std::string_view octets)
{
    const auto xml = unpack_report(octets, '<');
    return xml ? read_xml(*xml) : std::unexpected{xml.error()};
}
}
