// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/list_file.hpp"
#include "filters/roster.hpp"

#include <algorithm>

namespace filters {
namespace {
constexpr std::string_view list_fact = "rosters.list";

/// Reads all files; what is wrong with one is told with the lists, and the others count.
class Gathering {
public:
    explicit Gathering(const Settings& settings)
    {
        for (const auto& file : settings.items("files"))
            read(file);
    }
    std::shared_ptr<const Rosters> take()
    {
        return std::make_shared<const Rosters>(std::move(rosters_));
    }

private:
    void read(const Settings& file)
    {
        const auto form = static_cast<RosterForm>(
            !file.has("form") ? 0 : file.choice("form", {"aliases", "virtual", "csv", "members"}));
        const auto path = file.text("path"), list = file.text("list");
        if (path.empty())
            file.complain("path", "the name of a file");
        if (form == RosterForm::members && !mail::Mailbox::parse(list))
            file.complain("list", "whose members these are: the list's address");
        if (form == RosterForm::aliases && !mail::Domain::parse(file.text("domain")))
            file.complain("domain", "the domain of names without one");
        RosterReader reader{form, file.text("domain"), list};
        read_lines(reader, path);
        reader.end();
        for (const auto& [name, included] : reader.includes) {
            RosterReader members{RosterForm::members, file.text("domain"), name};
            read_lines(members, included);
            keep(members, included);
        }
        keep(reader, path);
    }
    void read_lines(RosterReader& reader, const std::string& path)
    {
        const auto read = read_list_file(path, [&](std::string_view line, bool is_too_long) {
            if (is_too_long)
                ++reader.unreadable;
            else
                reader.line(line);
        });
        if (!read)
            rosters_.problems.emplace_back(path, read.error());
    }
    void keep(RosterReader& reader, const std::string& path)
    {
        if (reader.unreadable > 0)
            rosters_.problems.emplace_back(
                path, std::to_string(reader.unreadable) + " lines or targets cannot be read");
        if (reader.is_cut)
            rosters_.problems.emplace_back(path, "it has more members than are read");
        for (auto& [name, members] : reader.lists) {
            auto& list = rosters_.lists[name];
            if (list.file.empty())
                list.file = path;
            list.members.merge(members);
        }
    }
    Rosters rosters_;
};

/// Lists and aliases of the organisation, as their files say (features O3, O4).
class RosterLayer final : public Layer {
public:
    explicit RosterLayer(const Settings& settings) : rosters_{Gathering{settings}.take()}
    {
        Rosters::put_here(rosters_);
    }
    /// Which list or alias sends mail on.
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (mail.direction != mail::Direction::outbound)
            return Findings{};
        const auto known = std::ranges::find(mail.findings, "forward.known", &mail::Finding::name);
        for (const auto& name :
             {known == mail.findings.end() ? std::string{} : known->detail,
              mail.sender ? mail.sender->key() : std::string{}, list_in(mail.sender)})
            if (const auto list = rosters_->lists.find(name); list != rosters_->lists.end())
                return Findings{
                    {.name = list_fact, .detail = name, .evidence = "by " + list->second.file}};
        return Findings{};
    }

private:
    /// "staff-bounces+ann=far.example@b.example" → "staff@b.example"; "" for other senders.
    static std::string list_in(const mail::ReversePath& sender)
    {
        if (!sender)
            return {};
        auto name = sender->key().substr(0, sender->key().rfind('@'));
        name = name.substr(0, name.find('+'));
        if (name.starts_with("owner-"))
            name.erase(0, 6);
        for (const std::string_view end : {"-bounces", "-owner", "-admin"})
            if (name.ends_with(end))
                name.resize(name.size() - end.size());
        return name + "@" + sender->domain().ascii();
    }
    std::shared_ptr<const Rosters> rosters_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services&)
{
    return std::make_unique<RosterLayer>(settings);
}
}

extern const LayerType rosters{
    .name = "rosters",
    .summary = "Knows lists and aliases of the organisation by their files.",
    .findings = {
        {.name = list_fact,
         .english = "It goes out by the list or alias {}.",
         .japanese = "メーリングリストまたはエイリアス{}から送信されます。"},
    },
    .settings = R"(# Files of lists and aliases. `mailweir account lists` says which of their
# members are dead, outside, missing or reached twice. Read at the start and on reload.
files: !example
  - path: /etc/aliases
    # aliases: as aliases(5), virtual: as virtual(5), csv: "list,member" on each line,
    # members: an address on each line, as Mailman's list_members prints them.
    form: aliases
    # Of names without a domain.
    domain: ""
    # For `members`: the list's address.
    list: ""
)",
    .after = {"forward"},
    .make = make,
};
}
