// SPDX-License-Identifier: Apache-2.0
#include "filters/content/file_type.hpp"

#include "filters/content/file_signatures.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/utf8.hpp"

#include <algorithm>

namespace filters::content {
namespace {
bool stands_at(std::string_view bytes, std::size_t offset, std::string_view octets)
{
    return offset <= bytes.size() && bytes.substr(offset).starts_with(octets);
}

/// A zip's entries tell what it is: office documents begin with or list names of their own.
FileType zipped_type(std::string_view bytes)
{
    constexpr std::size_t looked_at = 64U << 10;
    const auto head = bytes.substr(0, looked_at);
    const auto tail = bytes.substr(bytes.size() - std::min(bytes.size(), looked_at));
    const auto has
        = [&](std::string_view name) { return head.contains(name) || tail.contains(name); };
    if (head.substr(0, 200).contains("mimetypeapplication/vnd.oasis.opendocument"))
        return {Kind::odf, "OpenDocument"};
    if (has("[Content_Types].xml") || has("word/document.xml") || has("xl/workbook.")
        || has("ppt/presentation.xml"))
        return {Kind::ooxml, "Office document"};
    if (has("AndroidManifest.xml"))
        return {Kind::executable, "Android program"};
    if (has("META-INF/MANIFEST.MF"))
        return {Kind::java, "Java archive"};
    return {Kind::archive, "zip archive"};
}

std::string lower(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), mail::to_lower);
    return out;
}

/// The first letters without blanks, byte order mark and NUL octets (UTF-16), in lower case.
std::string beginning(std::string_view bytes)
{
    constexpr std::size_t looked_at = 2048;
    std::string out;
    for (const char c : bytes.substr(0, looked_at))
        if (c != '\0' && c != '\xEF' && c != '\xBB' && c != '\xBF' && c != '\xFF' && c != '\xFE'
            && !(out.empty() && (mail::is_blank(c) || c == '\r' || c == '\n')))
            out += mail::to_lower(c);
    return out;
}

FileType markup_type(std::string_view text)
{
    if (!text.starts_with('<'))
        return {};
    if (text.contains("<svg"))
        return {Kind::svg, "SVG picture"};
    for (const std::string_view sign : {"<!doctype html", "<html", "<head", "<body", "<script",
                                        "<table", "<div", "<meta", "<title", "<iframe", "<p>"})
        if (text.contains(sign))
            return {Kind::html, "web page"};
    for (const std::string_view sign : {"<scriptlet", "<job", "<package"})
        if (text.starts_with(sign))
            return {Kind::script, "Windows script"};
    return {};
}

/// "Subject: x", "X-Spam:": a header begins with any field.
bool begins_with_field(std::string_view text)
{
    constexpr std::size_t longest = 76;
    const auto colon = text.substr(0, longest).find(':');
    return colon != text.npos && colon > 0
        && std::ranges::all_of(text.substr(0, colon), [](char c) { return c > ' ' && c < '\x7F'; });
}

FileType text_type(std::string_view text, std::string_view extension)
{
    const bool is_named_one
        = claimed_kind(extension) == Kind::message || extension.starts_with("mht");
    if (text.starts_with("mime-version:") || text.starts_with("received:")
        || text.starts_with("return-path:") || text.starts_with("from: ")
        || text.starts_with("x-mozilla") || (is_named_one && begins_with_field(text)))
        return text.contains("multipart/related") && extension.starts_with("mht")
            ? FileType{Kind::html, "web archive"}
            : FileType{Kind::message, "mail message"};
    return {Kind::text, "text"};
}

bool is_text(std::string_view bytes)
{
    constexpr std::size_t looked_at = 1024;
    const bool is_wide = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
    return std::ranges::none_of(bytes.substr(0, looked_at), [&](char c) {
        return static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r'
            && c != '\f' && c != '\x1B' && !(is_wide && c == '\0');
    });
}

/// Kinds that act when somebody opens them.
bool is_active(Kind kind)
{
    return kind == Kind::executable || kind == Kind::script || kind == Kind::shortcut
        || kind == Kind::java || kind == Kind::help;
}

/// Characters that show nothing or turn the direction of what follows.
bool is_invisible(char32_t c)
{
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E)
        || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0xAD || c == 0x61C || c == 0x180E
        || c < 0x20 || c == 0x7F;
}

bool is_blank(char32_t c)
{
    return c == ' ' || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A) || c == 0x205F
        || c == 0x2800 || c == 0x3164;
}

/// A name as a system takes it: nothing invisible, no blanks and dots at its end.
std::string plain_name(std::string_view filename)
{
    std::string out;
    std::size_t end = 0;
    while (!filename.empty()) {
        const auto c = mail::first_character(filename);
        if (!is_invisible(c.value)) {
            out += filename.substr(0, c.length);
            if (!is_blank(c.value) && c.value != '.')
                end = out.size();
        }
        filename.remove_prefix(c.length);
    }
    out.resize(end);
    return out;
}

bool has_many_blanks(std::string_view filename)
{
    constexpr int many = 5;
    int run = 0;
    while (!filename.empty() && run < many) {
        const auto c = mail::first_character(filename);
        run = is_blank(c.value) ? run + 1 : 0;
        filename.remove_prefix(c.length);
    }
    return run >= many;
}

bool turns_direction(std::string_view filename)
{
    for (const std::string_view mark : {"\u202D", "\u202E", "\u2066", "\u2067", "\u2068"})
        if (filename.contains(mark))
            return true;
    return false;
}
}

FileType file_type(std::string_view bytes, std::string_view filename)
{
    const auto suffix = extension(filename);
    for (const auto& signature : file_signatures())
        if (stands_at(bytes, signature.offset, signature.octets)
            && stands_at(bytes, signature.second_offset, signature.second))
            return signature.type.name == "zip archive" ? zipped_type(bytes) : signature.type;
    constexpr std::size_t pdf_header_within = 1024; // readers accept it anywhere there
    if (bytes.substr(0, pdf_header_within).contains("%PDF-"))
        return {Kind::pdf, "PDF document"};
    if (bytes.size() >= 512 && bytes.substr(bytes.size() - 512).starts_with("koly"))
        return {Kind::disk_image, "macOS disk image"};
    if (bytes.empty())
        return {};
    const Kind claimed = claimed_kind(suffix);
    if (is_text(bytes) && claimed == Kind::script)
        return {Kind::script, "script"};
    if (is_text(bytes) && claimed == Kind::shortcut)
        return {Kind::shortcut, "shortcut"};
    const auto text = beginning(bytes);
    if (const auto type = markup_type(text); type.kind != Kind::unknown)
        return type;
    return is_text(bytes) ? text_type(text, suffix) : FileType{};
}

std::string extension(std::string_view filename)
{
    const auto name = plain_name(filename);
    const auto dot = name.rfind('.');
    return dot == name.npos ? std::string{} : lower(std::string_view{name}.substr(dot + 1));
}

Kind claimed_kind(std::string_view extension)
{
    const auto all = claimed_kinds();
    const auto found = std::ranges::lower_bound(all, extension, {}, &ClaimedKind::extension);
    return found != all.end() && found->extension == extension ? found->kind : Kind::unknown;
}

bool is_disguised(std::string_view filename, const FileType& type)
{
    const Kind claimed = claimed_kind(extension(filename));
    if (turns_direction(filename))
        return true;
    if (is_active(claimed)) {
        const auto name = plain_name(filename);
        const auto before = std::string_view{name}.substr(0, name.rfind('.'));
        const Kind inner = claimed_kind(extension(before));
        return has_many_blanks(filename) || (inner != Kind::unknown && !is_active(inner));
    }
    return claimed != Kind::unknown && is_active(type.kind);
}
}
