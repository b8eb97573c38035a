// SPDX-License-Identifier: Apache-2.0
#include "filters/content/link_signs.hpp"
#include "filters/dns_list.hpp"
#include "filters/feeds/feed_files.hpp"
#include "filters/layer.hpp"
#include "filters/link_lists.hpp"
#include "filters/reverse_name.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace filters {
namespace {
using content::LinkSign;

constexpr std::string_view domains = "intent.domains", phishing = "intent.phishing_link",
                           spam = "intent.spam_link", allowed = "intent.allowed_link",
                           listed = "intent.listed", hit = "intent.hit", good = "intent.known_good",
                           unavailable = "intent.unavailable";
constexpr DnsListNames names_of_findings{hit, good, unavailable};
constexpr std::size_t most_findings = 20, most_domains = 100;

/// By LinkSign::Kind.
constexpr std::array<std::string_view, 14> sign_names{
    "intent.other_site", "intent.look_alike",    "intent.bare_address", "intent.odd_address",
    "intent.user_info",  "intent.mixed_scripts", "intent.odd_host",     "intent.data_page",
    "intent.script",     "intent.refresh",       "intent.redirect",     "intent.odd_port",
    "intent.short_link", "intent.code"};

/// What links say by themselves and by local lists: bytes and files, no network.
class LinkContent final : public ContentLayer {
public:
    LinkContent(const Settings& settings, Services& services)
        : lists_{LinkLists::of(services)}, names_{settings.texts("protected")}
    { }

    Findings inspect(const mail::Message&, const Content& content) const override
    {
        Findings found;
        for (auto& sign : content::link_signs(content.links, names_, most_findings))
            found.push_back({.name = sign_names[static_cast<std::size_t>(sign.kind)],
                             .detail = std::move(sign.detail),
                             .evidence = std::move(sign.evidence)});
        look_in_lists(found, content);
        note_domains(found, content);
        return found;
    }

private:
    void look_in_lists(Findings& found, const Content& content) const
    {
        const auto lists = lists_->current();
        if (!lists)
            return;
        std::set<std::string> seen;
        for (const auto& link : content.links) {
            std::string entry;
            const auto* file = link.url.host.empty()
                ? nullptr
                : lists->find(link.url.host, link.url.path, entry);
            if (file == nullptr || seen.size() >= most_findings || !seen.insert(entry).second)
                continue;
            const auto meaning = file->file.meaning;
            found.push_back({.name = meaning == LinkMeaning::phishing ? phishing
                                 : meaning == LinkMeaning::spam       ? spam
                                                                      : allowed,
                             .detail = entry,
                             .evidence = file->file.path});
        }
    }

    /// What DNS lists are asked about; read by the other half of this layer.
    void note_domains(Findings& found, const Content& content) const
    {
        std::vector<std::string> hosts;
        std::string all;
        const auto lists = lists_->current();
        for (const auto& link : content.links) {
            std::string entry;
            const auto name = link.url.registrable();
            const auto* file = lists ? lists->find(link.url.host, link.url.path, entry) : nullptr;
            const bool is_trusted = file != nullptr && file->file.meaning == LinkMeaning::allowed;
            const bool is_name = link.url.scheme.starts_with("http") && name.contains('.');
            if (!is_name || is_trusted || hosts.size() >= most_domains
                || std::ranges::find(hosts, name) != hosts.end())
                continue;
            all += (all.empty() ? "" : " ") + name;
            hosts.push_back(name);
        }
        if (!hosts.empty())
            found.push_back({.name = domains, .detail = std::move(all)});
    }

    std::shared_ptr<LinkLists> lists_;
    content::ProtectedNames names_;
};

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> all;
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        all.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return all;
}

/// A list that cannot answer says so once.
bool is_told_of(const Findings& found, const mail::Finding& finding)
{
    return std::ranges::any_of(found, [&](const mail::Finding& one) {
        return one.name == finding.name && one.detail == finding.detail;
    });
}

/// Keeps the local lists fresh, and asks DNS lists about the domains that links lead to.
class LinkDns final : public Layer {
public:
    LinkDns(const Settings& settings, Services& services)
        : services_{services}, env_{services.env ? *services.env : net::Env::real()},
          files_{LinkLists::of(services)}, every_{settings.duration("look_every")},
          threshold_{settings.real("threshold")},
          most_asked_{static_cast<std::size_t>(settings.number("most_asked"))}
    {
        take(settings);
        const auto states = DnsLists::of(services);
        for (const auto& item : settings.items("dns_lists"))
            lists_.push_back(
                {DnsList::read(item, *states), item.has("addresses") && item.boolean("addresses")});
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (services_.pool)
            files_->refresh(*services_.pool, env_.now(), every_);
        const auto noted = std::ranges::find(mail.findings, domains, &mail::Finding::name);
        if (noted == mail.findings.end() || !services_.resolver || lists_.empty())
            return Findings{};
        auto names = words(noted->detail);
        names.resize(std::min(names.size(), most_asked_));
        return auth::looked_up(
            auth::Answers{services_.resolver, mail},
            [this, asked = questions(names)](auth::Answers& dns) { return answers(dns, asked); });
    }

private:
    struct List {
        DnsList dns;
        bool takes_addresses = false;
    };
    struct Question {
        const DnsList* list;
        std::string domain, name;
        std::string_view nobody;
    };

    void take(const Settings& settings)
    {
        std::vector<LinkFile> files;
        for (auto& path : feeds::files_of(settings, "phishing_files", services_))
            files.push_back({std::move(path), LinkMeaning::phishing});
        for (auto& path : feeds::files_of(settings, "spam_files", services_))
            files.push_back({std::move(path), LinkMeaning::spam});
        for (auto& path : feeds::files_of(settings, "allow_files", services_))
            files.push_back({std::move(path), LinkMeaning::allowed});
        if (const auto taken = files_->take(files); !taken)
            settings.complain("phishing_files", taken.error());
    }

    std::vector<Question> questions(const std::vector<std::string>& names) const
    {
        std::vector<Question> all;
        for (const auto& list : lists_) {
            if (!list.dns.state->may_ask(env_.now()))
                continue;
            for (const auto& name : names) {
                const auto ip = mail::Ip::parse(name);
                if (!ip)
                    all.push_back({&list.dns, name, name + "." + list.dns.zone, "invalid"});
                else if (list.takes_addresses)
                    all.push_back({&list.dns, name, reverse_name(*ip, list.dns.zone, list.dns.zone),
                                   "1.0.0.127"});
            }
        }
        return all;
    }

    std::optional<Findings> answers(auth::Answers& dns, const std::vector<Question>& asked) const
    {
        std::vector<std::optional<DnsListing>> listings;
        for (const auto& question : asked)
            listings.push_back(question.list->look(dns, question.name, question.nobody));
        if (!std::ranges::all_of(listings, &std::optional<DnsListing>::has_value))
            return {};
        Findings found;
        std::map<std::string, double> sums;
        for (std::size_t i = 0; i < asked.size(); ++i) {
            auto finding = settled(*asked[i].list, *listings[i], names_of_findings, asked[i].domain,
                                   env_.now());
            const bool is_known = finding.name == unavailable && is_told_of(found, finding);
            if (finding.name.empty() || is_known || found.size() >= most_findings)
                continue;
            sums[asked[i].domain] += finding.weight.value_or(0);
            found.push_back(std::move(finding));
        }
        for (const auto& [domain, sum] : sums)
            if (sum >= threshold_)
                found.push_back({.name = listed, .detail = domain, .weight = sum});
        return found;
    }

    Services& services_;
    net::Env& env_;
    std::shared_ptr<LinkLists> files_;
    std::chrono::milliseconds every_;
    double threshold_;
    std::size_t most_asked_;
    std::vector<List> lists_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<LinkDns>(settings, services);
}

std::unique_ptr<ContentLayer> make_content(const Settings& settings, Services& services)
{
    return std::make_unique<LinkContent>(settings, services);
}
}

extern const LayerType intent{
    .name = "intent",
    .summary = "Where the links lead: lists of bad and good sites, links that mislead.",
    .findings = {
        {.name = phishing,
         .english = "Phishing: a link leads to {}, which is on a local list.",
         .japanese = "フィッシング: ローカルリストにある{}へのリンクがあります。"},
        {.name = spam,
         .english = "Spam: a link leads to {}, which is on a local list.",
         .japanese = "スパム: ローカルリストにある{}へのリンクがあります。"},
        {.name = allowed,
         .english = "A link leads to {}, which a local list knows as good.",
         .japanese = "ローカルリストで信頼されている{}へのリンクがあります。"},
        {.name = listed,
         .english = "Spam or phishing: a link leads to {}, which DNS lists name as bad.",
         .japanese = "スパムまたはフィッシング: DNSリストに登録された{}へのリンクがあります。"},
        {.name = hit,
         .english = "The DNS list {} has a site that a link leads to.",
         .japanese = "DNSリスト{}にリンク先が登録されています。"},
        {.name = good,
         .english = "The DNS list {} knows a site that a link leads to as good.",
         .japanese = "DNSリスト{}でリンク先が信頼されています。"},
        {.name = unavailable,
         .english = "The DNS list {} could not say anything about links.",
         .japanese = "DNSリスト{}はリンクについて回答しませんでした。"},
        {.name = domains,
         .english = "Links lead to {}.",
         .japanese = "リンク先: {}"},
        {.name = sign_names[0],
         .english = "Phishing: a link's text names another site than it leads to: {}",
         .japanese = "フィッシング: リンクの文字とは別のサイトへ導きます: {}"},
        {.name = sign_names[1],
         .english = "Phishing: a link leads to a site that looks like a protected name: {}",
         .japanese = "フィッシング: 保護された名前に似せたサイトへのリンクです: {}"},
        {.name = sign_names[2],
         .english = "Spam or phishing: a link leads to a bare address: {}",
         .japanese = "スパムまたはフィッシング: IPアドレスへのリンクです: {}"},
        {.name = sign_names[3],
         .english = "Phishing: a link leads to an address written so that nobody reads it: {}",
         .japanese = "フィッシング: 読めないように書かれたIPアドレスへのリンクです: {}"},
        {.name = sign_names[4],
         .english = "Phishing: something stands before an \"@\" in a link to {}",
         .japanese = "フィッシング: 「@」の前に文字列を置いたリンクです: {}"},
        {.name = sign_names[5],
         .english = "Phishing: a link's name mixes letters of several scripts: {}",
         .japanese = "フィッシング: 複数の文字体系を混ぜた名前へのリンクです: {}"},
        {.name = sign_names[6],
         .english = "Spam or phishing: a link's name is written in an odd way: {}",
         .japanese = "スパムまたはフィッシング: 不自然に書かれた名前へのリンクです: {}"},
        {.name = sign_names[7],
         .english = "Phishing: a link holds a whole page in itself ({}).",
         .japanese = "フィッシング: ページ全体を含むリンクがあります ({})。"},
        {.name = sign_names[8],
         .english = "Spam or phishing: a link runs a script ({}).",
         .japanese = "スパムまたはフィッシング: スクリプトを実行するリンクです ({})。"},
        {.name = sign_names[9],
         .english = "Spam or phishing: the message would go to {} by itself.",
         .japanese = "スパムまたはフィッシング: 自動的に{}へ移動します。"},
        {.name = sign_names[10],
         .english = "A link to one site leads on to another: {}",
         .japanese = "あるサイトを経由して別のサイトへ導くリンクです: {}"},
        {.name = sign_names[11],
         .english = "Spam or phishing: a link leads to an odd port: {}",
         .japanese = "スパムまたはフィッシング: 通常使われないポートへのリンクです: {}"},
        {.name = sign_names[12],
         .english = "A short link hides where it leads: {}",
         .japanese = "短縮リンクで行き先が隠されています: {}"},
        {.name = sign_names[13],
         .english = "A code in a picture leads to {}",
         .japanese = "画像内のコードのリンク先: {}"},
    },
    .settings
    = R"(# Files of sites, one a line: a domain and all under it, HOST/PATH or a URL, an
# address; "#" begins a comment. They are looked at again without a restart. feed:NAME/FILE
# is a file of a source of `update:`.
phishing_files: []
spam_files: []
# Sites that are never looked up, and never count as listed.
allow_files: []
look_every: 30 s
# Domains that others like to pretend to be: your own, your bank's.
protected: []
# DNS lists to ask about the domains of links (URIBL, SURBL, DBL); none until named here. Mind
# their terms of use. Keys as in `dnsbl`; addresses: the list takes addresses, too.
dns_lists: !example
  - { zone: "multi.example", weight: 1, codes: ["127.0.0.2", "127.0.1.2-99 = 1.5"],
      refusals: ["127.0.1.255"], addresses: true }
# From this sum of weights on a domain counts as listed.
threshold: 1.0
# Domains of one message that are asked about at most.
most_asked: 20
)",
    .limit = std::chrono::seconds{8},
    .make = make,
    .make_content = make_content,
};
}
