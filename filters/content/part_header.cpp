// SPDX-License-Identifier: Apache-2.0
#include "filters/content/part_header.hpp"

#include "filters/content/parameters.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/header.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t most_repetitions = 16; // of one field in one part

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), mail::to_lower);
    return result;
}

class Reader {
public:
    Reader(std::string_view block, std::string_view default_type, Choices reading,
           const Limits& limits)
        : header_{mail::Header::parse(block)}, reading_{reading}, limits_{limits}
    {
        found_.part.header = block;
        found_.part.type = default_type;
    }

    PartHeader read()
    {
        if (header_.is_truncated())
            odd("over_limit", "a header longer than 256 KiB or 1,000 fields", true);
        read_disposition();
        read_type();
        read_encoding();
        if (const auto* id = header_.find("Content-ID")) {
            const auto value = mail::trimmed(id->value).substr(0, 1000);
            const bool has_brackets = value.starts_with('<') && value.ends_with('>');
            found_.part.content_id
                = has_brackets ? value.substr(1, value.size() - 2) : value.substr(0);
        }
        take_names();
        return std::move(found_);
    }

private:
    std::vector<std::string_view> values(std::string_view name) const
    {
        std::vector<std::string_view> all;
        for (const auto& field : header_.fields())
            if (all.size() < most_repetitions && field.is(name)
                && std::ranges::find(all, field.value) == all.end())
                all.push_back(field.value);
        return all;
    }

    void read_disposition()
    {
        const auto all = values("Content-Disposition");
        for (const auto raw : all) {
            auto read = parse_parameters(raw, limits_);
            if (found_.part.disposition.empty())
                found_.part.disposition = read.value.substr(0, 100);
            add_names(read, "filename");
            add_oddities(read);
        }
        if (all.size() > 1)
            odd("ambiguous_name", "several Content-Disposition fields");
    }

    void read_type()
    {
        const auto all = values("Content-Type");
        if (all.empty())
            return kind();
        if (all.size() > 1)
            found_.doubts |= last_type;
        const auto read
            = parse_parameters(reading_ & last_type ? all.back() : all.front(), limits_);
        const auto slash = read.value.find('/');
        const bool is_type = slash != std::string::npos && slash > 0
            && slash + 1 < read.value.size() && read.value.size() <= 200;
        const bool is_multipart = !is_type && read.value.starts_with("multipart");
        if (is_type || is_multipart)
            found_.part.type = is_type ? read.value : "multipart/mixed";
        if (!is_type && !read.value.empty() && read.value != "text" && read.value != "multipart")
            odd("malformed", "a Content-Type that is none");
        found_.part.charset = lower(read.find("charset").substr(0, 100));
        add_names(read, "name");
        add_oddities(read);
        kind();
        if (found_.is_multipart)
            read_boundary(read);
    }

    void kind()
    {
        const auto& type = found_.part.type;
        found_.is_multipart = type.starts_with("multipart/");
        found_.is_message
            = type == "message/rfc822" || type == "message/global" || type == "message/news";
        if (type == "message/partial" || type == "message/external-body")
            odd("unreadable", type + ": its content is elsewhere", true);
    }

    void read_boundary(const Parameterised& read)
    {
        const auto all = read.find_all("boundary");
        if (all.size() > 1)
            found_.doubts |= second_boundary;
        if (all.size() > 2)
            found_.doubts |= last_boundary;
        if (all.empty())
            return;
        found_.boundary = reading_ & last_boundary ? all.back()
            : reading_ & second_boundary           ? all[std::min<std::size_t>(1, all.size() - 1)]
                                                   : all.front();
        while (!found_.boundary.empty() && mail::is_blank(found_.boundary.back()))
            found_.boundary.pop_back();
        found_.has_boundary = !found_.boundary.empty();
    }

    void read_encoding()
    {
        auto all = values("Content-Transfer-Encoding");
        if (all.empty())
            return;
        std::vector<Encoding> readings;
        const auto add = [&](Encoding encoding) {
            if (std::ranges::find(readings, encoding) == readings.end())
                readings.push_back(encoding);
        };
        for (const auto raw : all) {
            add(parse_encoding(raw));
            if (readings.back() == Encoding::unknown)
                add_resemblance(lower(raw), add);
        }
        if (found_.part.encoding = readings.front(); found_.part.encoding == Encoding::unknown)
            odd("ambiguous_encoding",
                "the encoding \"" + std::string{mail::trimmed(all.front()).substr(0, 40)} + "\"");
        found_.other_encodings.assign(readings.begin() + 1, readings.end());
    }

    // "base 64", "xbase64": some programs look only for the word.
    template <class Add> static void add_resemblance(std::string text, const Add& add)
    {
        std::erase_if(text, [](char c) { return !mail::is_alphanumeric(c); });
        if (text.contains("base64"))
            add(Encoding::base64);
        if (text.contains("quotedprintable"))
            add(Encoding::quoted_printable);
        if (text.contains("uue"))
            add(Encoding::uuencode);
    }

    void add_names(const Parameterised& read, std::string_view name)
    {
        for (const auto text : read.find_all(name))
            if (!text.empty() && std::ranges::find(names_, text) == names_.end()
                && names_.size() < most_repetitions)
                names_.emplace_back(text.substr(0, 1000));
    }

    void take_names()
    {
        if (names_.empty())
            return;
        found_.part.filename = std::move(names_.front());
        found_.part.other_filenames.assign(std::make_move_iterator(names_.begin() + 1),
                                           std::make_move_iterator(names_.end()));
    }

    void add_oddities(const Parameterised& read)
    {
        for (const auto& oddity : read.oddities)
            odd(oddity.name, oddity.detail, oddity.is_unscannable);
    }
    void odd(std::string_view name, std::string detail, bool is_unscannable = false)
    {
        Oddity oddity{name, std::move(detail), is_unscannable};
        if (std::ranges::find(found_.oddities, oddity) == found_.oddities.end())
            found_.oddities.push_back(std::move(oddity));
    }

    mail::Header header_;
    Choices reading_;
    const Limits& limits_;
    PartHeader found_;
    std::vector<std::string> names_;
};
}

PartHeader read_part_header(std::string_view block, std::string_view default_type, Choices reading,
                            const Limits& limits)
{
    return Reader{block, default_type, reading, limits}.read();
}

bool is_field_line(std::string_view line)
{
    std::string_view name = line.substr(0, line.find(':'));
    if (name.size() == line.size())
        return false;
    while (!name.empty() && mail::is_blank(name.back()))
        name.remove_suffix(1);
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}
}
