// SPDX-License-Identifier: Apache-2.0
#include "filters/content/compound_file.hpp"
#include "filters/content/document.hpp"
#include "filters/content/text.hpp"
#include "filters/content/visual_basic.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>

namespace filters::content {
namespace {
constexpr std::size_t source_limit = 1U << 20, stream_limit = 8U << 20;

unsigned number_at(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at])
        | static_cast<unsigned>(static_cast<unsigned char>(bytes[at + 1])) << 8;
}

/// Excel's records (MS-XLS): encryption, macro sheets, names that run by themselves.
void read_workbook(DocumentFacts& facts, std::string_view stream)
{
    constexpr unsigned name = 0x18, password = 0x2F, sheet = 0x85;
    constexpr std::size_t looked_at = 20'000;
    for (std::size_t i = 0; i < looked_at && stream.size() >= 4; ++i) {
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
        while (end < stream.size() && stream[end] > ' ' && stream[end] <= '~' && stream[end] != '"')
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

void read_stream(DocumentFacts& facts, const CompoundFile& file, const CompoundFile::Entry& entry,
                 const Limits& limits, std::size_t& budget)
{
    const auto octets = file.read(entry, std::min(stream_limit, budget));
    budget -= std::min(budget, octets.size() + 64);
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

/// The name of an attachment of an Outlook message, which stands beside it: MS-OXMSG 2.1.3.
std::string attachment_name(const CompoundFile& file, std::uint32_t storage)
{
    constexpr std::size_t longest = 1024;
    constexpr std::string_view long_name = "__substg1.0_3707", short_name = "__substg1.0_3704";
    for (const auto wanted : {long_name, short_name})
        for (const auto& entry : file.entries())
            if (entry.storage == storage && entry.name.starts_with(wanted)) {
                const auto octets = file.read(entry, longest);
                return entry.name.ends_with("001F") ? to_utf8(octets, "utf-16le", longest).utf8
                                                    : octets;
            }
    return {};
}

/// `budget`: streams of an honest file are together no larger than the file. False: no more.
bool take_embedded(DocumentFacts& facts, const CompoundFile& file, const CompoundFile::Entry& entry,
                   const Limits& limits, std::size_t& budget)
{
    const auto is
        = [&](std::string_view other) { return mail::equals_ignoring_case(entry.name, other); };
    const bool is_package = is("\x01Ole10Native"), is_attachment = is("__substg1.0_37010102");
    if (!is_package && !is_attachment && !is("Package") && !is("CONTENTS"))
        return true;
    auto octets = file.read(entry, budget);
    budget -= octets.size();
    if (is_package)
        return facts.embed(unpack_package(octets), limits);
    return facts.embed(
        {is_attachment ? attachment_name(file, entry.storage) : entry.name, std::move(octets)},
        limits);
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
    std::size_t budget = bytes.size() * 2, left_to_embed = bytes.size();
    bool has_room = true;
    for (const auto& entry : file->entries()) {
        const std::string_view name = entry.name;
        const auto is
            = [&](std::string_view other) { return mail::equals_ignoring_case(name, other); };
        if (is("_VBA_PROJECT") || is("_VBA_PROJECT_CUR") || is("Macros") || is("VBA"))
            facts.has_macros = true;
        else if (is("EncryptedPackage") || is("EncryptionInfo") || is("EncryptedSummary"))
            facts.is_encrypted = true;
        else if (is("\x01Ole10Native") || is("Package") || is("__substg1.0_37010102"))
            facts.has_embedded_files = true;
        else if (is("Equation Native"))
            facts.has_script = true; // the equation editor runs what is in it
        if (entry.is_stream && budget > 0)
            read_stream(facts, *file, entry, limits, budget);
        if (entry.is_stream && has_room)
            has_room = take_embedded(facts, *file, entry, limits, left_to_embed);
    }
    return facts;
}
}
