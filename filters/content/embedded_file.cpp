// SPDX-License-Identifier: Apache-2.0
#include "filters/content/embedded_file.hpp"

#include "filters/content/document.hpp"
#include "filters/content/octet_reader.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace filters::content {
namespace {
/// Behind its length, without the NULs at its end.
std::string_view counted_text(OctetReader& in)
{
    auto text = in.take(in.number(4));
    while (text.ends_with('\0'))
        text.remove_suffix(1);
    return text;
}

/// Behind the length: type, label, path, a path for its time, the file.
std::optional<EmbeddedFile> read_package(std::string_view native)
{
    constexpr std::uint32_t a_package = 2;
    OctetReader in{native};
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
    OctetReader in{object};
    in.number(4);
    if (in.number(4) != embedded)
        return {};
    const auto kind = counted_text(in);
    counted_text(in);
    counted_text(in);
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
