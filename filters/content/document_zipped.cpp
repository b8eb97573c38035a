// SPDX-License-Identifier: Apache-2.0
#include "filters/content/archive.hpp"
#include "filters/content/character_reference.hpp"
#include "filters/content/document.hpp"
#include "filters/content/file_type.hpp"
#include "filters/content/html_tokenizer.hpp"
#include "gateway/mail/ascii.hpp"

namespace filters::content {
namespace {
constexpr std::size_t xml_read = 4U << 20;
/// Of the pictures of a document; beyond that they are not looked at, and no harm.
constexpr std::size_t most_pictures = 16, most_picture_octets = 16U << 20;

std::string value_of(const HtmlToken& token, std::string_view name)
{
    std::string value;
    if (const auto* attribute = token.find(name))
        append_decoded(value, attribute->value, ReferencePlace::attribute);
    return value;
}

bool is_ole(std::string_view bytes)
{
    return bytes.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
}

bool is_place_of_files(std::string_view name)
{
    return name.contains("/embeddings/") || name.starts_with("Object ");
}

/// A file of its own, which relations may show under any name, and no part of the document. What is
/// in an OLE document comes from there.
bool is_file(std::string_view name, std::string_view bytes)
{
    if (bytes.empty() || (is_ole(bytes) && claimed_kind(extension(name)) != Kind::executable))
        return false;
    const bool is_markup = name.ends_with(".xml") || name.ends_with(".rels");
    const bool is_of_macros = name.starts_with("Basic/") || name.starts_with("Scripts/");
    switch (file_type(bytes, name).kind) {
    case Kind::executable:
    case Kind::shortcut:
    case Kind::archive:
    case Kind::disk_image:
    case Kind::java:
    case Kind::help:
    case Kind::ooxml:
    case Kind::odf:
    case Kind::pdf:
    case Kind::rtf:
    case Kind::message:
    case Kind::one_note:
        return true;
    case Kind::script:
        return !is_of_macros;
    case Kind::html:
        return !is_markup
            && (is_place_of_files(name) || claimed_kind(extension(name)) == Kind::html);
    default:
        return !is_markup && is_place_of_files(name);
    }
}

class ZippedDocument {
public:
    explicit ZippedDocument(const Limits& limits) : limits_{limits} { }

    DocumentFacts read(std::string_view bytes, ArchiveBudget& budget)
    {
        const bool is_opened = walk_archive(bytes, budget, facts_.oddities,
                                            [&](const ArchiveEntry& entry) { take(entry); });
        if (!is_opened)
            facts_.oddities.push_back({"unreadable", "an office document is damaged", true});
        return std::move(facts_);
    }

private:
    void take(const ArchiveEntry& entry)
    {
        const std::string_view name = entry.name, bytes = entry.bytes;
        if (is_file(name, bytes))
            facts_.embed({entry.name, std::string{bytes}}, limits_);
        take_picture(name, bytes);
        if (is_ole(bytes))
            take_ole(name, bytes);
        else if (entry.is_encrypted)
            facts_.is_encrypted = true;
        else if (name.ends_with(".rels"))
            read_relations(bytes);
        else if (is_place_of_files(name))
            facts_.has_embedded_files = true;
        else if (name.starts_with("xl/macrosheets/"))
            facts_.has_macros = true;
        else if (name.starts_with("Basic/") || name.starts_with("Scripts/"))
            facts_.has_macros = true;
        else if (name == "META-INF/manifest.xml")
            facts_.is_encrypted = facts_.is_encrypted || bytes.contains("manifest:encryption-data");
        else if (name == "content.xml" || name == "styles.xml")
            read_open_document(bytes);
        else if (name.ends_with(".xml"))
            read_part(bytes);
    }

    void take_picture(std::string_view name, std::string_view bytes)
    {
        if (facts_.pictures.size() >= most_pictures
            || bytes.size() > most_picture_octets - picture_octets_
            || file_type(bytes, name).kind != Kind::picture)
            return;
        picture_octets_ += bytes.size();
        facts_.pictures.emplace_back(bytes);
    }

    void take_ole(std::string_view name, std::string_view bytes)
    {
        if (!name.contains("vbaProject"))
            facts_.has_embedded_files = true;
        facts_.take(read_ole(bytes, limits_), limits_);
    }

    void add_link(std::string target)
    {
        if (!target.empty() && facts_.links.size() < limits_.links)
            facts_.links.push_back(std::move(target));
    }

    template <typename Take> void each_tag(std::string_view xml, Take take)
    {
        HtmlTokenizer tokenizer{xml.substr(0, xml_read), limits_.attributes};
        for (auto* token = &tokenizer.next(); token->kind != HtmlToken::Kind::finish;
             token = &tokenizer.next())
            if (token->kind == HtmlToken::Kind::start)
                take(*token);
    }

    void read_relations(std::string_view xml)
    {
        each_tag(xml, [&](const HtmlToken& token) {
            if (!mail::equals_ignoring_case(value_of(token, "targetmode"), "external"))
                return;
            const auto type = value_of(token, "type");
            for (const std::string_view active :
                 {"attachedTemplate", "oleObject", "frame", "subDocument", "externalLinkPath"})
                if (type.ends_with(active))
                    facts_.has_external_template = true;
            add_link(value_of(token, "target"));
        });
    }

    /// Fields of Word and formulas of Excel that start programs; names that Excel runs.
    void read_part(std::string_view xml)
    {
        xml = xml.substr(0, xml_read);
        if (xml.contains("DDEAUTO") || xml.contains(">DDE ") || xml.contains("> DDE ")
            || xml.contains("<ddeLink"))
            facts_.has_external_template = true;
        if (xml.contains("_xlnm.Auto_Open") || xml.contains("_xlnm.Auto_Close"))
            facts_.has_auto_macros = true;
        if (xml.contains("HYPERLINK"))
            read_fields(xml);
    }

    /// HYPERLINK "http://…" of Word, in one run of text or several; HYPERLINK("http://…") of Excel.
    void read_fields(std::string_view xml)
    {
        std::string fields;
        bool is_in_field = false;
        HtmlTokenizer tokenizer{xml, limits_.attributes};
        for (auto* token = &tokenizer.next(); token->kind != HtmlToken::Kind::finish;
             token = &tokenizer.next()) {
            if (token->kind == HtmlToken::Kind::text && is_in_field)
                append_decoded(fields, token->text, ReferencePlace::text);
            if (token->kind == HtmlToken::Kind::end)
                is_in_field = false;
            if (token->kind != HtmlToken::Kind::start)
                continue;
            is_in_field = token->name == "w:instrtext" || token->name == "f";
            fields += value_of(*token, "w:instr");
        }
        constexpr std::string_view sign = "HYPERLINK";
        const std::string_view text = fields;
        for (auto at = text.find(sign); at != text.npos; at = text.find(sign, at + sign.size())) {
            const auto field = text.substr(at, longest_field);
            const auto open = field.find('"');
            const auto close = field.find('"', open == field.npos ? open : open + 1);
            if (close == field.npos)
                continue;
            if (const auto target = field.substr(open + 1, close - open - 1);
                target.contains("://"))
                add_link(std::string{target});
        }
    }

    void read_open_document(std::string_view xml)
    {
        each_tag(xml, [&](const HtmlToken& token) {
            auto target = value_of(token, "xlink:href");
            if (token.name == "script:event-listener"
                && value_of(token, "script:event-name").starts_with("dom:"))
                facts_.has_auto_macros = true;
            if (target.contains("://"))
                add_link(std::move(target));
        });
    }

    const Limits& limits_;
    static constexpr std::size_t longest_field = 2048;
    DocumentFacts facts_;
    std::size_t picture_octets_ = 0;
};
}

DocumentBudget::DocumentBudget(const Limits& limits) : zipped{limits}, pdf_bytes{limits.part_bytes}
{
    constexpr std::size_t entries_of_documents = 5; // they consist of many small ones
    zipped.entries *= entries_of_documents;
}

DocumentFacts read_zipped_document(std::string_view bytes, const Limits& limits,
                                   DocumentBudget& budget)
{
    return ZippedDocument{limits}.read(bytes, budget.zipped);
}
}
