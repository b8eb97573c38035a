// SPDX-License-Identifier: Apache-2.0
#include "filters/complaint.hpp"
#include "filters/layer.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace filters {
namespace {
using content::File;
using content::Kind;

constexpr std::string_view blocked = "attachments.blocked", disguised = "attachments.disguised",
                           encrypted = "attachments.encrypted", macros = "attachments.macros",
                           auto_macros = "attachments.auto_macros", script = "attachments.script",
                           external_template = "attachments.external_template",
                           embedded = "attachments.embedded";

struct KindName {
    std::string_view name;
    Kind kind;
};
constexpr std::array<KindName, 22> kinds{{
    {"text", Kind::text},
    {"html", Kind::html},
    {"executable", Kind::executable},
    {"script", Kind::script},
    {"shortcut", Kind::shortcut},
    {"archive", Kind::archive},
    {"disk_image", Kind::disk_image},
    {"ole", Kind::ole},
    {"ooxml", Kind::ooxml},
    {"odf", Kind::odf},
    {"pdf", Kind::pdf},
    {"rtf", Kind::rtf},
    {"picture", Kind::picture},
    {"svg", Kind::svg},
    {"audio", Kind::audio},
    {"video", Kind::video},
    {"font", Kind::font},
    {"message", Kind::message},
    {"calendar", Kind::calendar},
    {"one_note", Kind::one_note},
    {"help", Kind::help},
    {"java", Kind::java},
}};

/// "attachments.over_limit" for the oddity "over_limit".
constexpr std::array<std::string_view, 6> oddity_findings{
    "attachments.ambiguous_structure", "attachments.ambiguous_encoding",
    "attachments.ambiguous_name",      "attachments.malformed",
    "attachments.over_limit",          "attachments.unreadable",
};

std::string_view finding_of(const content::Oddity& oddity)
{
    for (const auto name : oddity_findings)
        if (name.ends_with(oddity.name))
            return name;
    return {};
}

std::string shown(std::string_view text)
{
    constexpr std::size_t longest = 120;
    auto end = std::min(text.size(), longest);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    std::string out{text.substr(0, end)};
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = ' ';
    return out;
}

std::string describe(const File& file)
{
    const bool is_inside = file.depth > 0 || file.filename.empty();
    std::string text = shown(is_inside ? file.path : file.filename);
    if (!file.type.name.empty())
        text += " (" + std::string{file.type.name} + ")";
    return text;
}

/// One finding of each name, with the first of what it is about.
class Gatherer {
public:
    void add(std::string_view name, std::string what)
    {
        constexpr std::size_t most_shown = 3;
        auto known = std::ranges::find(gathered_, name, &Gathered::name);
        if (known == gathered_.end())
            known = gathered_.insert(known, {name, {}, 0});
        if (++known->count <= most_shown)
            known->text += (known->text.empty() ? "" : ", ") + what;
    }
    Findings take()
    {
        Findings findings;
        for (auto& [name, text, count] : gathered_) {
            if (count > 3)
                text += " and " + std::to_string(count - 3) + " more";
            findings.push_back({.name = name, .detail = std::move(text)});
        }
        return findings;
    }

private:
    struct Gathered {
        std::string_view name;
        std::string text;
        std::size_t count;
    };
    std::vector<Gathered> gathered_;
};

class Attachments final : public ContentLayer {
public:
    explicit Attachments(const Settings& settings)
        : inside_archives_{settings.boolean("inside_archives")}
    {
        for (const auto& name : settings.texts("blocked_kinds"))
            add_kind(settings, name);
        for (const auto& extension : settings.texts("blocked_extensions"))
            blocked_extensions_.insert(
                content::extension("x." + extension.substr(extension.starts_with('.') ? 1 : 0)));
    }

    Findings inspect(const mail::Message&, const Content& content) const override
    {
        Gatherer found;
        for (const auto& file : content.files)
            look_at(file, found);
        for (const auto& oddity : content.oddities)
            if (const auto name = finding_of(oddity); !name.empty())
                found.add(name, shown(oddity.detail));
        return found.take();
    }

private:
    void add_kind(const Settings& settings, const std::string& name)
    {
        const auto known = std::ranges::find(kinds, name, &KindName::name);
        if (known != kinds.end()) {
            blocked_kinds_.insert(known->kind);
            return;
        }
        std::vector<std::string_view> names;
        for (const auto& kind : kinds)
            names.push_back(kind.name);
        settings.complain("blocked_kinds", "\"" + name + "\" is no kind of file",
                          did_you_mean(name, names));
    }

    void look_at(const File& file, Gatherer& found) const
    {
        if (is_blocked(file))
            found.add(blocked, describe(file));
        if (file.is_disguised)
            found.add(disguised, describe(file));
        if (file.is_encrypted)
            found.add(encrypted, describe(file));
        if (file.has_auto_macros)
            found.add(auto_macros, describe(file));
        else if (file.has_macros)
            found.add(macros, describe(file));
        if (file.has_script)
            found.add(script, describe(file));
        if (file.has_external_template)
            found.add(external_template, describe(file));
        if (file.has_embedded_files)
            found.add(embedded, describe(file));
    }

    bool is_blocked(const File& file) const
    {
        if (file.depth > 0 && !inside_archives_)
            return false;
        const auto is_listed = [&](const std::string& name) {
            return !name.empty() && blocked_extensions_.contains(content::extension(name));
        };
        return blocked_kinds_.contains(file.type.kind) || is_listed(file.filename)
            || std::ranges::any_of(file.other_filenames, is_listed);
    }

    std::set<Kind> blocked_kinds_;
    std::set<std::string, std::less<>> blocked_extensions_;
    bool inside_archives_;
};

std::unique_ptr<ContentLayer> make_content(const Settings& settings, Services&)
{
    return std::make_unique<Attachments>(settings);
}
}

extern const LayerType attachments{
    .name = "attachments",
    .summary = "What is attached, by its content and not by its name, and structure that programs "
               "read differently.",
    .findings = {
        {.name = blocked,
         .english = "A file of a kind that nobody should send by mail: {}",
         .japanese = "メールで送るべきでない種類のファイルです: {}"},
        {.name = disguised,
         .english = "A file was made to be taken for something else: {}",
         .japanese = "別の種類に見せかけたファイルです: {}"},
        {.name = encrypted,
         .english = "A file is encrypted, so that nobody can see what is in it: {}",
         .japanese = "暗号化されていて中身を確認できないファイルです: {}"},
        {.name = macros,
         .english = "A document carries macros: {}",
         .japanese = "マクロを含む文書です: {}"},
        {.name = auto_macros,
         .english = "A document carries macros that run when it is opened: {}",
         .japanese = "開くと自動実行されるマクロを含む文書です: {}"},
        {.name = script,
         .english = "A document carries a script or starts a program: {}",
         .japanese = "スクリプトまたはプログラムの起動を含む文書です: {}"},
        {.name = external_template,
         .english = "A document loads parts of itself from elsewhere: {}",
         .japanese = "外部から内容を読み込む文書です: {}"},
        {.name = embedded,
         .english = "A document carries files: {}",
         .japanese = "ファイルが埋め込まれた文書です: {}"},
        {.name = "attachments.ambiguous_structure",
         .english = "Mail programs see different parts in this message: {}",
         .japanese = "メールソフトによって異なる構造に見えるメッセージです: {}"},
        {.name = "attachments.ambiguous_encoding",
         .english = "Mail programs decode a part differently: {}",
         .japanese = "メールソフトによって復号結果が異なるパートがあります: {}"},
        {.name = "attachments.ambiguous_name",
         .english = "Mail programs see different names for a file: {}",
         .japanese = "メールソフトによって異なるファイル名に見えます: {}"},
        {.name = "attachments.malformed",
         .english = "The message is broken as honest programs do not break it: {}",
         .japanese = "正常なソフトでは生じない形に壊れています: {}"},
        {.name = "attachments.over_limit",
         .english = "A part goes over a limit of the analysis: {}",
         .japanese = "解析の上限を超える部分があります: {}"},
        {.name = "attachments.unreadable",
         .english = "A part cannot be read: {}",
         .japanese = "読み取れない部分があります: {}"},
    },
    .settings = R"(# Kinds of files that are blocked, whatever their name, of: text, html,
# executable, script, shortcut, archive, disk_image, ole, ooxml, odf, pdf, rtf, picture, svg,
# audio, video, font, message, calendar, one_note, help, java
blocked_kinds: [executable, shortcut, disk_image, help, one_note]
# Names that an operating system runs.
blocked_extensions: [ade, adp, appref-ms, application, appx, bat, chm, cmd, com, cpl, dll, exe,
  hta, img, ins, inf, iso, isp, jar, jnlp, js, jse, lnk, mde, msc, msi, msix, msp, mst, pif, ps1,
  reg, scf, scr, sct, settingcontent-ms, shb, url, vb, vbe, vbs, vhd, vhdx, wsc, wsf, wsh, xll]
# The same for files inside of archives.
inside_archives: true
)",
    .make_content = make_content,
};
}
