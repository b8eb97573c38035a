// SPDX-License-Identifier: Apache-2.0
#include "filters/content/file_reader.hpp"

#include "filters/content/attached_message.hpp"
#include "filters/content/part_header.hpp"
#include "filters/content/picture.hpp"
#include "filters/content/sha256.hpp"
#include "filters/content/signed_message.hpp"
#include "filters/content/text.hpp"
#include "filters/content/tnef.hpp"
#include "filters/content/zip_directory.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t pictures_at_full_size = 4, longest_name = 1000;

bool is_archive(Kind kind)
{
    return kind == Kind::archive || kind == Kind::disk_image || kind == Kind::java;
}

/// Programs that open these look for them behind other octets.
bool is_found_behind(std::string_view name)
{
    const auto ending = extension(name);
    return ending == "rar" || ending == "7z";
}

bool is_office(Kind kind) { return kind == Kind::ooxml || kind == Kind::odf || kind == Kind::ole; }

bool is_page(Kind kind) { return kind == Kind::html || kind == Kind::svg; }

/// Whether some program takes its name for one of these.
template <typename Is> bool claims(const File& file, Is is)
{
    const auto does = [&](const std::string& name) { return is(claimed_kind(extension(name))); };
    return does(file.filename) || std::ranges::any_of(file.other_filenames, does);
}

/// Programs show it as a message, whatever its octets look like.
bool is_shown_as_message(const File& file)
{
    const auto is_one = [](const std::string& name) {
        const auto last = extension(name);
        return claimed_kind(last) == Kind::message || last.starts_with("mht");
    };
    return is_one(file.filename) || std::ranges::any_of(file.other_filenames, is_one);
}

/// Whether a program that goes by the name reads octets so that begin as something else: browsers
/// show anything, others look for the beginning of theirs.
bool is_taken_for(Kind kind, const File& file, std::string_view bytes)
{
    constexpr std::size_t begins_within = 1024;
    const auto is_zipped = [](Kind one) { return one == Kind::ooxml || one == Kind::odf; };
    const auto begins
        = [&](std::string_view sign) { return bytes.substr(0, begins_within).contains(sign); };
    const Kind read = file.type.kind;
    if (read == Kind::executable || read == kind)
        return false;
    if (kind == Kind::html)
        return !is_page(read) && (claims(file, is_page) || file.declared == "text/html");
    if (kind == Kind::odf)
        return !is_zipped(read) && claims(file, is_zipped)
            && read_zip_directory(bytes, 1).entries > 0;
    return claims(file, [&](Kind claimed) { return claimed == kind; })
        && begins(kind == Kind::pdf ? "%PDF-" : "{\\rt");
}

/// Mail programs show it as the message that was signed or encrypted.
bool is_sealed_message(const File& file)
{
    return file.declared.ends_with("/pkcs7-mime") || file.declared.ends_with("/x-pkcs7-mime")
        || extension(file.filename) == "p7m";
}

/// Of "a.js.gz" and "a.js.p7m" programs make "a.js".
std::string_view without_extension(std::string_view name)
{
    return name.substr(0, name.rfind('.'));
}

std::string_view last_name(std::string_view path)
{
    const auto slash = path.find_last_of("/\\");
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}
}

FileReader::FileReader(const Limits& limits, Content& content, LinkCollector& links)
    : limits_{limits}, content_{content}, links_{links}, budget_{limits}, documents_{limits},
      pixels_left_{pictures_at_full_size * limits.pixels}, page_bytes_left_{limits.all_text_bytes},
      text_bytes_left_{limits.text_bytes}
{ }

void FileReader::add(File file, std::string_view bytes)
{
    file.size = bytes.size();
    file.sha256 = sha256(bytes);
    examine(file, bytes);
    const std::size_t index = content_.files.size();
    content_.files.push_back(file);
    for (const auto opening : openings_of(file, bytes)) {
        unpack(file, bytes, opening);
        content_.files[index].is_encrypted |= file.is_encrypted;
    }
    while (!nested_.empty() || !embedded_.empty()) {
        if (!embedded_.empty()) {
            const auto [carrier, embedded] = std::move(embedded_.back());
            embedded_.pop_back();
            add_embedded(carrier, embedded);
            continue;
        }
        Nested next = std::move(nested_.back());
        nested_.pop_back();
        unpack(next.file, next.bytes, next.opening);
    }
}

std::vector<FileReader::Opening> FileReader::openings_of(const File& file,
                                                         std::string_view bytes) const
{
    std::vector<Opening> openings;
    if (const auto opening = opening_of(file, bytes); opening != Opening::none)
        openings.push_back(opening);
    if (is_shown_as_message(file) && !bytes.empty()
        && std::ranges::find(openings, Opening::message) == openings.end())
        openings.push_back(Opening::message);
    return openings;
}

/// What unpackers open, not what the first octets say: a zip is found by its directory at the end
/// whatever stands before it, and one with the names of an office document is still a zip.
FileReader::Opening FileReader::opening_of(const File& file, std::string_view bytes) const
{
    const auto kind = file.type.kind;
    if (signed_content(bytes)) // whatever its fields make the octets look like
        return Opening::signed_message;
    const bool is_class = kind == Kind::java && bytes.starts_with("\xCA\xFE\xBA\xBE");
    if (is_archive(kind) && !is_class)
        return Opening::archive;
    if (kind == Kind::message || file.type.name == "web archive") {
        const bool is_shown = file.declared.starts_with("text/") && !file.is_attachment;
        return is_shown                          ? Opening::none
            : file.type.name.starts_with("TNEF") ? Opening::tnef
                                                 : Opening::message;
    }
    const auto is_other = [](Kind claimed) { return !is_office(claimed); };
    if (kind == Kind::ooxml || kind == Kind::odf)
        return claims(file, is_other) ? Opening::archive : Opening::none;
    if (bytes.empty() || kind == Kind::executable)
        return Opening::none;
    if (claims(file, is_archive))
        return Opening::perhaps;
    const bool is_zip
        = kind == Kind::unknown && read_zip_directory(bytes, budget_.entries).entries > 0;
    return is_zip ? Opening::perhaps : Opening::none;
}

void FileReader::add_opened(File file, std::string_view bytes, Kind kind)
{
    file.size = bytes.size();
    file.sha256 = sha256(bytes);
    file.type = {kind, "message"};
    content_.files.push_back(std::move(file));
}

void FileReader::examine(File& file, std::string_view bytes)
{
    file.type = file_type(bytes, file.filename);
    file.is_encrypted |= is_encrypted_message(bytes);
    if (is_sealed_message(file) && !bytes.empty() && !is_encrypted_message(bytes)
        && !is_signed_message(bytes))
        add_oddities(file, {{"unreadable", "a signed message that cannot be read", true}});
    file.is_disguised = is_disguised(file.filename, file.type)
        || std::ranges::any_of(file.other_filenames, [&](const std::string& name) {
                            return is_disguised(name, file.type);
                        });
    read_as(file.type.kind, file, bytes);
    for (const Kind claimed : {Kind::html, Kind::pdf, Kind::rtf, Kind::odf})
        if (is_taken_for(claimed, file, bytes))
            read_as(claimed, file, bytes);
}

void FileReader::read_as(Kind kind, File& file, std::string_view bytes)
{
    switch (kind) {
    case Kind::ole:
        return read_document(file, read_ole(bytes, limits_));
    case Kind::ooxml:
    case Kind::odf:
        return read_document(file, read_zipped_document(bytes, limits_, documents_));
    case Kind::pdf:
        return read_document(file, read_pdf(bytes, limits_, documents_));
    case Kind::rtf:
        return read_document(file, read_rtf(bytes, limits_));
    case Kind::picture:
        return read_picture_in(file, bytes);
    case Kind::html:
    case Kind::svg:
        return read_page(file, bytes);
    case Kind::text:
    case Kind::calendar:
        return read_attached_text(file, bytes);
    default:
        break;
    }
}

void FileReader::add_embedded(const File& carrier, const EmbeddedFile& embedded)
{
    const bool is_too_much = budget_.entries == 0 || embedded.bytes.size() > budget_.bytes;
    if (carrier.depth >= limits_.archive_depth || is_too_much)
        return add_oddities(carrier, {{"over_limit", "too many files in documents", true}});
    --budget_.entries;
    budget_.bytes -= embedded.bytes.size();
    bool has_encrypted = false;
    add_entry(carrier,
              {.name = embedded.name, .size = embedded.bytes.size(), .bytes = embedded.bytes},
              has_encrypted);
}

void FileReader::read_document(File& file, DocumentFacts facts)
{
    file.has_macros |= facts.has_macros;
    file.has_auto_macros |= facts.has_auto_macros;
    file.is_encrypted |= facts.is_encrypted;
    file.has_external_template |= facts.has_external_template;
    file.has_script |= facts.has_script;
    file.has_embedded_files |= facts.has_embedded_files;
    for (const auto& link : facts.links)
        links_.add(link, Link::Source::document);
    for (auto& embedded : facts.embedded)
        embedded_.emplace_back(file, std::move(embedded));
    File inside;
    inside.depth = file.depth + 1;
    for (const auto& picture : facts.pictures)
        read_picture_in(inside, picture);
    add_oddities(file, facts.oddities);
}

// Texts of the message have been read as such.
void FileReader::read_page(File& file, std::string_view bytes)
{
    if (file.depth == 0 && file.declared.starts_with("text/") && !file.is_attachment)
        return;
    const std::size_t limit = std::min(limits_.text_bytes, page_bytes_left_);
    const auto text = to_utf8(bytes, {}, limit);
    page_bytes_left_ -= text.utf8.size();
    if (text.is_cut)
        add_oddities(
            file,
            {{"over_limit",
              "only the first " + std::to_string(text.utf8.size()) + " octets of HTML are read"}});
    const auto html = read_html(text.utf8, limits_);
    links_.add_html(html);
    file.has_script |= html.counts.scripts > 0 || html.counts.event_handlers > 0;
    add_oddities(file, html.oddities);
}

/// In archives, and of a message that is a file.
void FileReader::read_attached_text(const File& file, std::string_view bytes)
{
    const bool is_read = file.declared.starts_with("text/") && file.depth == 0;
    const auto is_text
        = [](Kind claimed) { return claimed == Kind::text || claimed == Kind::calendar; };
    const bool is_other
        = !file.declared.empty() && !file.declared.starts_with("text/") && !claims(file, is_text);
    if (is_read || is_other || is_taken_for(Kind::html, file, bytes))
        return;
    const auto text = to_utf8(bytes, {}, std::min(limits_.text_bytes, text_bytes_left_));
    text_bytes_left_ -= text.utf8.size();
    links_.add_text(text.utf8, Link::Source::text);
}

// Holiday pictures are many and large: what goes over the budget is not looked at, and no harm.
void FileReader::read_picture_in(File& file, std::string_view bytes)
{
    Limits limits = limits_;
    limits.pixels = std::min(limits.pixels, pixels_left_);
    auto facts = read_picture(bytes, limits);
    const std::size_t pixels = std::size_t{facts.width} * facts.height;
    pixels_left_ -= std::min(pixels_left_, pixels);
    for (const auto& code : facts.codes)
        links_.add(code, Link::Source::picture_code);
    if (file.depth > 0)
        return; // of those only what they lead to counts
    file.width = facts.width;
    file.height = facts.height;
    file.perceptual_hash = facts.perceptual_hash;
    for (auto& oddity : facts.oddities)
        oddity.is_unscannable = false;
    add_oddities(file, facts.oddities);
}

void FileReader::unpack(File& archive, std::string_view bytes, Opening opening)
{
    if (archive.depth >= limits_.archive_depth)
        return add_oddities(archive, {{"over_limit", "archives in archives", true}});
    Oddities oddities;
    bool has_encrypted = false;
    const bool is_open = walk(archive, bytes, opening, oddities, [&](const ArchiveEntry& entry) {
        add_entry(archive, entry, has_encrypted);
    });
    archive.is_encrypted |= has_encrypted;
    const auto kind = archive.type.kind;
    const bool is_other = opening == Opening::perhaps && kind != Kind::unknown;
    const bool is_behind = is_other && kind != Kind::text
        && (is_found_behind(archive.filename)
            || std::ranges::any_of(archive.other_filenames, is_found_behind));
    if (!is_open && oddities.empty() && (!is_other || is_behind))
        oddities.push_back({"unreadable", "an archive that cannot be opened",
                            is_behind || (kind == Kind::archive && claims(archive, is_archive))});
    add_oddities(archive, oddities);
}

bool FileReader::walk(const File& file, std::string_view bytes, Opening opening, Oddities& oddities,
                      const std::function<void(const ArchiveEntry&)>& take)
{
    if (opening == Opening::tnef)
        return walk_tnef(bytes, budget_, oddities, take);
    if (opening == Opening::message)
        walk_message(bytes, limits_, budget_, oddities, take);
    else if (opening == Opening::signed_message)
        walk_signed(file, *signed_content(bytes), oddities, take);
    else
        return walk_archive(bytes, budget_, oddities, take);
    return true;
}

/// Mail programs sign messages, others any file ("a.js.p7m").
void FileReader::walk_signed(const File& file, std::string_view content, Oddities& oddities,
                             const std::function<void(const ArchiveEntry&)>& take)
{
    const bool is_message = is_field_line(content.substr(0, content.find_first_of("\r\n")))
        || file.declared.ends_with("/pkcs7-mime") || file.declared.ends_with("/x-pkcs7-mime");
    if (is_message)
        walk_message(content, limits_, budget_, oddities, take);
    if (is_message && extension(without_extension(file.filename)).empty())
        return;
    if (budget_.entries == 0 || content.size() > budget_.bytes)
        return oddities.push_back({"over_limit", "too much in signed files", true});
    --budget_.entries;
    budget_.bytes -= content.size();
    take({.name = {}, .bytes = content});
}

void FileReader::add_entry(const File& archive, const ArchiveEntry& entry, bool& has_encrypted)
{
    File file;
    file.path = archive.path + "/" + entry.name.substr(0, longest_name);
    const bool is_whole = entry.name.empty() && !entry.is_encrypted;
    const auto name = is_whole ? without_extension(archive.filename) : entry.name;
    file.filename = last_name(name).substr(0, longest_name);
    file.other_filenames = entry.other_names;
    file.declared = entry.declared;
    file.depth = archive.depth + 1;
    file.is_attachment = true;
    file.is_alternative = archive.is_alternative;
    file.size = std::max(entry.size, entry.bytes.size());
    file.is_encrypted = entry.is_encrypted;
    has_encrypted |= entry.is_encrypted;
    if (entry.is_encrypted) {
        file.type = {claimed_kind(extension(file.filename)), {}};
        file.is_disguised = is_disguised(file.filename, file.type);
    } else {
        file.sha256 = sha256(entry.bytes);
        examine(file, entry.bytes);
        for (const auto opening : openings_of(file, entry.bytes))
            nested_.push_back({file, std::string{entry.bytes}, opening});
    }
    content_.files.push_back(std::move(file));
}

void FileReader::add_oddities(const File& file, const Oddities& oddities)
{
    constexpr std::size_t most = 300;
    for (const auto& oddity : oddities) {
        Oddity placed{oddity.name, "part " + file.path.substr(0, 200) + ": " + oddity.detail,
                      oddity.is_unscannable};
        const std::size_t room = oddity.is_unscannable ? 2 * most : most;
        if (content_.oddities.size() < room
            && std::ranges::find(content_.oddities, placed) == content_.oddities.end())
            content_.oddities.push_back(std::move(placed));
    }
}
}
