// SPDX-License-Identifier: Apache-2.0
#include "filters/departure.hpp"
#include "filters/layer.hpp"
#include "filters/list_file.hpp"
#include "filters/list_uses.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/moderation_notice.hpp"
#include "filters/roster_refresher.hpp"
#include "filters/services.hpp"
#include "storage/mail_memory.hpp"

#include <algorithm>
#include <array>
#include <atomic>

namespace filters {
namespace {
constexpr std::string_view list_fact = "rosters.list";
constexpr std::chrono::milliseconds shortest_pause{1'000}, usual_pause{15 * 60 * 1'000};
// What the settings' example says.
constexpr std::string_view usual_filter
    = "(|(member=*)(uniqueMember=*)(rfc822MailMember=*)(mgrpRFC822MailMember=*))";
constexpr std::array<std::string_view, 4> usual_members{"member", "uniqueMember",
                                                        "rfc822MailMember", "mgrpRFC822MailMember"};

/// Reads all files; what is wrong with one is told with the lists, and the others count.
class Gathering {
public:
    explicit Gathering(const Settings& settings)
    {
        for (const auto& file : settings.items("files"))
            read(file);
        rosters_.unused_after
            = std::chrono::duration_cast<std::chrono::seconds>(settings.duration("unused_after"));
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

std::string text_of(const Settings& settings, std::string_view key, std::string_view usual)
{
    return settings.has(key) ? settings.text(key) : std::string{usual};
}

/// One entry of `directories`; complains of what is wrong with it.
RosterDirectory directory_of(const Settings& settings, const NamedDirectories& known)
{
    RosterDirectory directory;
    directory.name = settings.text("ldap");
    const auto named = known.find(directory.name);
    if (named == known.end())
        settings.complain("ldap", "the name of an entry of \"ldap\" in mailweir.yaml");
    else
        directory.settings = named->second.settings;
    directory.base = settings.text("base");
    if (directory.base.empty() && named != known.end())
        directory.base = named->second.base;
    else
        directory.name += " (" + directory.base + ")";
    if (directory.base.empty())
        settings.complain("base", "the name below which the groups are");
    directory.filter = text_of(settings, "filter", usual_filter);
    if (!net::is_ldap_filter(directory.filter))
        settings.complain("filter", "\"" + directory.filter + "\" is no LDAP filter",
                          "such as (objectClass=groupOfNames)");
    directory.address = text_of(settings, "address", "mail");
    directory.members = settings.has("members")
        ? settings.texts("members")
        : std::vector<std::string>{usual_members.begin(), usual_members.end()};
    directory.member_address = text_of(settings, "member_address", "mail");
    directory.domain = settings.text("domain");
    directory.every = settings.has("every") ? std::max(settings.duration("every"), shortest_pause)
                                            : usual_pause;
    return directory;
}

/// Lists and aliases of the organisation, as files and directories say (features O3, O4).
class RosterLayer final : public Layer {
public:
    RosterLayer(const Settings& settings, Services& services) : services_{services}
    {
        std::vector<RosterDirectory> all;
        const auto known = directories(services);
        for (const auto& one : settings.items("directories"))
            all.push_back(directory_of(one, *known));
        LoadedTables::on_publish(
            services,
            [files = Gathering{settings}.take(), all, refresher = RosterRefresher::of(services)] {
                if (refresher)
                    refresher->configure(files, all);
                else
                    Rosters::put_here(files);
            });
    }
    /// Which list or alias sends mail on.
    Inspection inspect_message(const mail::Mail& mail) const override
    {
        const auto rosters = Rosters::here();
        watch(rosters, time_of(mail));
        note_answers(mail);
        if (mail.direction != mail::Direction::outbound)
            return Findings{};
        auto found = list_of(mail, *rosters);
        note_use(mail, found);
        return found;
    }

private:
    static std::chrono::sys_seconds time_of(const mail::Mail& mail)
    {
        return std::chrono::floor<std::chrono::seconds>(mail.received_at);
    }
    /// Lists count as unused from when they are known, by whatever file or directory.
    void watch(const std::shared_ptr<const Rosters>& rosters, std::chrono::sys_seconds now) const
    {
        if (watched_.exchange(rosters) == rosters)
            return;
        std::vector<std::string> names;
        for (const auto& [name, list] : rosters->lists)
            names.push_back(name);
        ListUses::here().watch(names, now);
    }
    /// Mail to a list, and to the addresses at which it hears its moderators.
    static void note_answers(const mail::Mail& mail)
    {
        auto& uses = ListUses::here();
        for (const auto& recipient : mail.recipients) {
            uses.note_mail(recipient.address.key(), time_of(mail));
            const auto answered = moderation_answer_in(recipient.address, mail.message.header());
            if (!answered.empty())
                uses.note_answer(answered, time_of(mail));
        }
    }
    bool is_own(const mail::Mailbox& address) const
    {
        return services_.is_own_domain && services_.is_own_domain(address.domain());
    }
    /// A notice to moderators is no use of a list. Lists that no file names are known by the
    /// address that they send from.
    void note_use(const mail::Mail& mail, const Findings& found) const
    {
        auto& uses = ListUses::here();
        const auto& header = mail.message.header();
        if (const auto notice = moderation_notice_in(mail.sender, header)) {
            const auto list = mail::Mailbox::parse(notice->list);
            const auto* id = header.find("Message-ID");
            const auto hash = storage::hash_for_memory(id ? id->value : mail.id.to_string(), 0);
            if (list && is_own(*list)) {
                uses.watch(std::span{&notice->list, 1}, time_of(mail));
                uses.note_waiting(notice->list, notice->waiting, hash, time_of(mail));
            }
            return;
        }
        auto name = found.empty() ? std::string{} : found.front().detail;
        if (name.empty() && mail.sender && is_own(*mail.sender) && is_of_list(*mail.sender))
            name = list_name_in(*mail.sender);
        if (name.empty())
            return;
        uses.watch(std::span{&name, 1}, time_of(mail));
        uses.note_mail(name, time_of(mail));
    }
    static Findings list_of(const mail::Mail& mail, const Rosters& rosters)
    {
        const auto known = std::ranges::find(mail.findings, "forward.known", &mail::Finding::name);
        for (const auto& name : {known == mail.findings.end() ? std::string{} : known->detail,
                                 mail.sender ? mail.sender->key() : std::string{},
                                 mail.sender ? list_name_in(*mail.sender) : std::string{}})
            if (const auto list = rosters.lists.find(name); list != rosters.lists.end())
                return Findings{
                    {.name = list_fact, .detail = name, .evidence = "by " + list->second.file}};
        return {};
    }

    Services& services_;
    mutable std::atomic<std::shared_ptr<const Rosters>> watched_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<RosterLayer>(settings, services);
}
}

extern const LayerType rosters{
    .name = "rosters",
    .summary = "Knows lists and aliases of the organisation by files and directories.",
    .findings = {
        {.name = list_fact,
         .english = "It goes out by the list or alias {}.",
         .japanese = "メーリングリストまたはエイリアス{}から送信されます。"},
    },
    .settings = R"~(# Files of lists and aliases. `mailweir account lists` says which of their
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
# Lists and aliases to which and from which no mail passed here for so long are called unused; 0 s:
# none is. Mail between people inside does not pass.
unused_after: 180 days
# Groups of directories (LDAP) that are lists. Read at the start and on reload, and again after a
# time; while a directory is away, what it last said counts.
directories: !example
  # The name of an entry of `ldap` in mailweir.yaml.
  - ldap: ""
    # Below this the groups are. Nothing: the base of that entry.
    base: ""
    # Finds all groups that are lists.
    filter: "(|(member=*)(uniqueMember=*)(rfc822MailMember=*)(mgrpRFC822MailMember=*))"
    # Attribute with the list's address. Groups without one are passed over, and counted.
    address: mail
    # Attributes with members: addresses, or names (DN) of entries that have one.
    members: [member, uniqueMember, rfc822MailMember, mgrpRFC822MailMember]
    # Attribute with a member's address, where a name is given.
    member_address: mail
    # Of lists and members without a domain.
    domain: ""
    # How often they are read.
    every: 15 min
)~",
    .after = {"forward"},
    .make = make,
};
}
