// SPDX-License-Identifier: Apache-2.0
#include "filters/content/embedded_file.hpp"

#include "filters/content/document.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace filters::content {
namespace {
/// Takes from the front; what is not there is 0 or "".
class Octets {
public:
    explicit Octets(std::string_view rest) : rest_{rest} { }
    std::uint32_t number(std::size_t octets)
    {
        std::uint32_t value = 0;
        const auto text = take(octets);
        for (std::size_t i = text.size(); i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(text[i]);
        return value;
    }
    std::string_view take(std::size_t octets)
    {
        is_whole_ = is_whole_ && octets <= rest_.size();
        const auto text = rest_.substr(0, octets);
        rest_.remove_prefix(text.size());
        return text;
    }
    /// Up to the next NUL.
    std::string_view text()
    {
        const auto end = rest_.find('\0');
        is_whole_ = is_whole_ && end != rest_.npos;
        const auto text = take(end == rest_.npos ? rest_.size() : end);
        rest_.remove_prefix(rest_.empty() ? 0 : 1);
        return text;
    }
    std::string_view counted_text()
    {
        auto text = take(number(4));
        while (text.ends_with('\0'))
            text.remove_suffix(1);
        return text;
    }
    bool is_whole() const { return is_whole_; }

private:
    std::string_view rest_;
    bool is_whole_ = true;
};

/// Behind the length: type, label, path, a path for its time, the file.
std::optional<EmbeddedFile> read_package(std::string_view native)
{
    constexpr std::uint32_t a_package = 2;
    Octets in{native};
    if (in.number(2) != a_package)
        return {};
    EmbeddedFile file;
    file.name = in.text();
    in.text();
    in.number(4);
    in.take(in.number(4));
    if (!in.is_whole())
        return {};
    file.bytes = in.take(in.number(4)); // perhaps cut off, and then what there is
    return file;
}
}

EmbeddedFile unpack_package(std::string_view native)
{
    constexpr std::size_t length = 4;
    const auto behind = native.substr(std::min(length, native.size()));
    if (auto file = read_package(behind))
        return std::move(*file);
    return {{}, std::string{behind}};
}

bool DocumentFacts::embed(EmbeddedFile file, const Limits& limits)
{
    std::size_t octets = file.bytes.size();
    for (const auto& one : embedded)
        octets += one.bytes.size();
    if (embedded.size() < limits.archive_entries && octets <= limits.part_bytes) {
        embedded.push_back(std::move(file));
        return true;
    }
    add({"over_limit", "too many files in a document", true});
    return false;
}

void DocumentFacts::take(DocumentFacts&& inner, const Limits& limits)
{
    has_macros = has_macros || inner.has_macros;
    has_auto_macros = has_auto_macros || inner.has_auto_macros;
    is_encrypted = is_encrypted || inner.is_encrypted;
    has_script = has_script || inner.has_script;
    has_embedded_files = has_embedded_files || inner.has_embedded_files;
    for (auto& file : inner.embedded)
        embed(std::move(file), limits);
    for (auto& link : inner.links)
        if (links.size() < limits.links)
            links.push_back(std::move(link));
    for (const auto& oddity : inner.oddities)
        add(oddity);
}

void DocumentFacts::add(const Oddity& oddity)
{
    if (std::ranges::find(oddities, oddity) == oddities.end())
        oddities.push_back(oddity);
}

std::optional<EmbeddedFile> unpack_object(std::string_view object)
{
    constexpr std::uint32_t embedded = 2;
    Octets in{object};
    in.number(4);
    if (in.number(4) != embedded)
        return {};
    const auto kind = in.counted_text();
    in.counted_text();
    in.counted_text();
    const auto size = in.number(4);
    if (!in.is_whole())
        return {};
    const auto native = in.take(size);
    if (mail::equals_ignoring_case(kind, "Package") && !native.starts_with("\xD0\xCF\x11\xE0")) {
        if (auto file = read_package(native))
            return file;
        return unpack_package(native);
    }
    return EmbeddedFile{std::string{kind}, std::string{native}};
}
}
