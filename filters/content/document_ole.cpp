// SPDX-License-Identifier: Apache-2.0
#include "filters/content/compound_file.hpp"
#include "filters/content/document.hpp"
#include "filters/content/text.hpp"
#include "filters/content/tnef.hpp"
#include "filters/content/visual_basic.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace filters::content {
namespace {
constexpr std::size_t source_limit = 1U << 20, longest_link = 2048;

unsigned number_at(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at])
        | static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}

/// Excel's records (MS-XLS): encryption, macro sheets, names that run by themselves.
void read_workbook(DocumentFacts& facts, std::string_view stream)
{
    constexpr unsigned name = 0x18, password = 0x2F, sheet = 0x85;
    while (stream.size() >= 4) {
        const unsigned type = number_at(stream, 0);
        const std::size_t size = number_at(stream, 2);
        const auto record = stream.substr(4, size);
        if (type == password)
            facts.is_encrypted = true;
        else if (type == sheet && record.size() > 6 && record[5] == 1)
            facts.has_macros = true;
        else if (type == name && record.size() > 15) {
            constexpr unsigned builtin = 0x20;
            const bool is_builtin = (number_at(record, 0) & builtin) != 0;
            const char what = record[15]; // behind an octet that says how the name is written
            facts.has_auto_macros
                = facts.has_auto_macros || (is_builtin && (what == 1 || what == 2));
        }
        stream.remove_prefix(std::min(stream.size(), 4 + size));
    }
}

void read_word(DocumentFacts& facts, std::string_view stream)
{
    constexpr unsigned encrypted = 0x0100;
    if (stream.size() > 12)
        facts.is_encrypted = facts.is_encrypted || (number_at(stream, 10) & encrypted) != 0;
}

/// Links in streams: plain or UTF-16.
void find_links(DocumentFacts& facts, std::string_view stream, const Limits& limits)
{
    for (auto at = stream.find("://"); at != stream.npos; at = stream.find("://", at + 3)) {
        const auto before
            = stream.substr(at - std::min<std::size_t>(at, 5), std::min<std::size_t>(at, 5));
        const auto http = before.rfind("http");
        if (http == before.npos || facts.links.size() >= limits.links)
            continue;
        const auto start = at - (before.size() - http);
        auto end = at;
        const auto most = std::min(stream.size(), start + longest_link);
        while (end < most && stream[end] > ' ' && stream[end] <= '~' && stream[end] != '"')
            ++end;
        facts.links.emplace_back(stream.substr(start, end - start));
    }
}

std::string narrowed(std::string_view stream)
{
    std::string out;
    for (std::size_t i = 0; i + 1 < stream.size(); i += 2)
        out += stream[i + 1] == '\0' ? stream[i] : '\x01';
    return out;
}

/// Streams of an honest file are together no larger than the file; those of others share octets.
class Streams {
public:
    Streams(const CompoundFile& file, std::size_t budget) : file_{file}, budget_{budget} { }
    std::string read(const CompoundFile::Entry& entry)
    {
        auto octets = file_.read(entry, budget_);
        is_cut_ = is_cut_ || (octets.size() == budget_ && entry.size > budget_);
        constexpr std::size_t each = 64; // so that empty ones have an end
        budget_ -= std::min(budget_, octets.size() + each);
        return octets;
    }
    bool is_cut() const { return is_cut_; }

private:
    const CompoundFile& file_;
    std::size_t budget_;
    bool is_cut_ = false;
};

void read_stream(DocumentFacts& facts, const CompoundFile::Entry& entry, std::string_view octets,
                 const Limits& limits)
{
    if (entry.name == "Workbook" || entry.name == "Book")
        read_workbook(facts, octets);
    else if (entry.name == "WordDocument")
        read_word(facts, octets);
    const auto source = module_source(octets, source_limit);
    if (!source.empty())
        facts.has_macros = true;
    facts.has_auto_macros = facts.has_auto_macros || has_automatic_procedure(source);
    find_links(facts, source, limits);
    if (entry.name == "WordDocument" || entry.name == "1Table" || entry.name == "Workbook"
        || entry.name == "PowerPoint Document" || entry.name == "\x01Ole") {
        find_links(facts, octets, limits);
        find_links(facts, narrowed(octets), limits);
        if (entry.name == "\x01Ole" && !facts.links.empty())
            facts.has_external_template = true;
    }
}

/// The names of the attachments of an Outlook message, by their storages: MS-OXMSG 2.1.3.
std::map<std::uint32_t, std::string> attachment_names(const CompoundFile& file)
{
    constexpr std::size_t longest = 1024;
    std::map<std::uint32_t, std::string> names;
    for (const std::string_view wanted : {"__substg1.0_3707", "__substg1.0_3704"})
        for (const auto& entry : file.entries())
            if (entry.name.starts_with(wanted) && !names.contains(entry.storage)) {
                auto octets = file.read(entry, longest);
                names[entry.storage] = entry.name.ends_with("001F")
                    ? to_utf8(octets, "utf-16le", longest).utf8
                    : std::move(octets);
            }
    return names;
}

/// The file that a stream holds: a package, an attachment or a text of an Outlook message.
std::optional<EmbeddedFile> file_in(const CompoundFile::Entry& entry, std::string&& octets,
                                    std::map<std::uint32_t, std::string>& names)
{
    constexpr std::size_t longest_rtf = 4U << 20;
    const auto is
        = [&](std::string_view other) { return mail::equals_ignoring_case(entry.name, other); };
    if (is("\x01Ole10Native"))
        return unpack_package(octets);
    if (is("__substg1.0_37010102"))
        return EmbeddedFile{names[entry.storage], std::move(octets)};
    if (is("Package") || is("CONTENTS"))
        return EmbeddedFile{entry.name, std::move(octets)};
    if (is("__substg1.0_10130102") || is("__substg1.0_1013001F") || is("__substg1.0_1013001E"))
        return EmbeddedFile{"body.html", std::move(octets)};
    if (is("__substg1.0_10090102"))
        return EmbeddedFile{"body.rtf", unpacked_rtf(octets, longest_rtf)};
    return {};
}

void look_at_name(DocumentFacts& facts, std::string_view name)
{
    const auto is = [&](std::string_view other) { return mail::equals_ignoring_case(name, other); };
    if (is("_VBA_PROJECT") || is("_VBA_PROJECT_CUR") || is("Macros") || is("VBA"))
        facts.has_macros = true;
    else if (is("EncryptedPackage") || is("EncryptionInfo") || is("EncryptedSummary"))
        facts.is_encrypted = true;
    else if (is("\x01Ole10Native") || is("Package") || is("__substg1.0_37010102"))
        facts.has_embedded_files = true;
    else if (is("Equation Native"))
        facts.has_script = true; // the equation editor runs what is in it
}
}

DocumentFacts read_ole(std::string_view bytes, const Limits& limits)
{
    DocumentFacts facts;
    const auto file = CompoundFile::parse(bytes);
    if (!file) {
        facts.oddities.push_back({"unreadable", "an OLE document is damaged", true});
        return facts;
    }
    if (file->is_cut())
        facts.add({"over_limit", "an OLE document has too many streams", true});
    auto names = attachment_names(*file);
    constexpr std::size_t sectors_not_full = 4096; // and entries
    Streams streams{*file, 2 * bytes.size() + sectors_not_full};
    for (const auto& entry : file->entries()) {
        look_at_name(facts, entry.name);
        if (!entry.is_stream)
            continue;
        auto octets = streams.read(entry);
        read_stream(facts, entry, octets, limits);
        if (auto embedded = file_in(entry, std::move(octets), names))
            facts.embed(std::move(*embedded), limits);
    }
    if (streams.is_cut())
        facts.add({"over_limit", "streams of an OLE document share their octets", true});
    return facts;
}
}
