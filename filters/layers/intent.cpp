// SPDX-License-Identifier: Apache-2.0
#include "filters/content/link_signs.hpp"
#include "filters/feeds/feed_files.hpp"
#include "filters/layer.hpp"
#include "filters/link_inquiry.hpp"
#include "filters/link_lists.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/own_domains.hpp"
#include "filters/short_links.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace filters {
namespace {
using content::LinkSign;
using content::Url;

constexpr std::string_view phishing = "intent.phishing_link", spam = "intent.spam_link",
                           allowed = "intent.allowed_link", listed = "intent.listed",
                           hit = "intent.hit", good = "intent.known_good",
                           unavailable = "intent.unavailable", target = "intent.short_link_target";
constexpr LinkInquiryNames names_of_findings{{hit, good, unavailable}, listed};
constexpr std::size_t most_findings = 20;

/// By LinkSign::Kind.
constexpr std::array<std::string_view, 14> sign_names{
    "intent.other_site", "intent.look_alike",    "intent.bare_address", "intent.odd_address",
    "intent.user_info",  "intent.mixed_scripts", "intent.odd_host",     "intent.data_page",
    "intent.script",     "intent.refresh",       "intent.redirect",     "intent.odd_port",
    "intent.short_link", "intent.code"};

Findings findings_of(std::vector<LinkSign> signs)
{
    Findings found;
    for (auto& sign : signs)
        found.push_back({.name = sign_names[static_cast<std::size_t>(sign.kind)],
                         .detail = std::move(sign.detail),
                         .evidence = std::move(sign.evidence)});
    return found;
}

/// What links say by themselves.
class LinkContent final : public ContentLayer {
public:
    LinkContent(const Settings& settings, Services& services)
        : names_{settings.texts("protected"), own_domains(services)}
    { }
    Findings inspect(const mail::Message&, const Content& content) const override
    {
        return findings_of(content::link_signs(content.links, names_, most_findings));
    }

private:
    content::ProtectedNames names_;
};

bool is_followed(content::HtmlLink::Kind kind)
{
    using Kind = content::HtmlLink::Kind;
    return kind == Kind::anchor || kind == Kind::form || kind == Kind::frame
        || kind == Kind::refresh;
}

/// Where links lead, those first that people follow.
std::vector<Url> targets_of(const Content& content)
{
    std::vector<Url> urls;
    for (const bool wanted : {true, false})
        for (const auto& link : content.links)
            if (!link.url.host.empty() && is_followed(link.kind) == wanted)
                urls.push_back(link.url);
    return urls;
}

/// Looks the sites of links up in local lists and in DNS lists, and where short links lead.
class LinkLookUp final : public Layer {
public:
    LinkLookUp(const Settings& settings, Services& services)
        : services_{services}, env_{services.env ? *services.env : net::Env::real()},
          files_{LinkLists::of(services)}, every_{settings.duration("look_every")},
          threshold_{settings.real("threshold")},
          most_asked_{static_cast<std::size_t>(settings.number("most_asked"))},
          names_{settings.texts("protected"), own_domains(services)}
    {
        take(settings, services);
        const auto states = DnsLists::of(services);
        for (const auto& item : settings.items("dns_lists"))
            lists_.push_back(
                {DnsList::read(item, *states), item.has("addresses") && item.boolean("addresses")});
        ShortLinks::Limits limits;
        limits.links = static_cast<std::size_t>(settings.number("short_links"));
        if (limits.links > 0)
            short_links_ = std::make_unique<ShortLinks>(limits, services);
    }

    Inspection inspect_message(const mail::Mail& mail) const override
    {
        if (services_.pool)
            files_->refresh(*services_.pool, env_.now(), every_);
        if (!mail.content || mail.content->links.empty())
            return Findings{};
        auto urls = targets_of(*mail.content);
        const auto is_short
            = [](const Url& url) { return content::is_short_link(url.registrable()); };
        if (short_links_ && services_.resolver && std::ranges::any_of(urls, is_short))
            return resolved(mail, std::move(urls));
        return looked_up(mail, urls, {});
    }

private:
    void take(const Settings& settings, Services& services)
    {
        std::vector<LinkFile> files;
        for (auto& path : feeds::files_of(settings, "phishing_files", services))
            files.push_back({std::move(path), LinkMeaning::phishing});
        for (auto& path : feeds::files_of(settings, "spam_files", services))
            files.push_back({std::move(path), LinkMeaning::spam});
        for (auto& path : feeds::files_of(settings, "allow_files", services))
            files.push_back({std::move(path), LinkMeaning::allowed});
        if (const auto loaded = files_->read(files); !loaded)
            settings.complain("phishing_files", loaded.error());
        else
            LoadedTables::on_publish(services,
                                     [lists = files_, next = *loaded] { lists->replace(next); });
    }

    awaitable<Findings> resolved(const mail::Mail& mail, std::vector<Url> urls) const
    {
        const auto targets = co_await short_links_->resolve(urls, mail);
        Findings found;
        std::vector<content::Link> links;
        for (const auto& one : targets) {
            const std::string host = one.url.host.empty() ? one.url.scheme + ":" : one.url.host;
            found.push_back({.name = target,
                             .detail = host,
                             .evidence = one.from + " leads to " + one.url.to_string()});
            links.push_back({.written = one.url.to_string(), .url = one.url});
            urls.insert(urls.begin(), one.url);
        }
        auto signs = findings_of(content::link_signs(links, names_, most_findings));
        std::ranges::move(signs, std::back_inserter(found));
        auto rest = looked_up(mail, urls, std::move(found));
        if (auto* at_hand = std::get_if<Findings>(&rest))
            co_return std::move(*at_hand);
        auto waited = co_await std::get<awaitable<Findings>>(std::move(rest));
        co_return waited;
    }

    Inspection looked_up(const mail::Mail& mail, const std::vector<Url>& urls, Findings found) const
    {
        const auto sites = look_in_files(urls, found);
        if (!services_.resolver || lists_.empty() || sites.empty())
            return found;
        const LinkInquiry inquiry{lists_, sites, names_of_findings, threshold_, env_.now()};
        return auth::looked_up(auth::Answers{services_.resolver, mail},
                               [this, inquiry, found = std::move(found)](
                                   auth::Answers& dns) -> std::optional<Findings> {
                                   auto answers = inquiry.answers(dns, env_.now());
                                   if (answers)
                                       answers->insert(answers->begin(), found.begin(),
                                                       found.end());
                                   return answers;
                               });
    }

    /// Adds what local lists say; gives the sites that DNS lists are to be asked about.
    std::vector<std::string> look_in_files(const std::vector<Url>& urls, Findings& found) const
    {
        const auto lists = files_->current();
        std::vector<std::string> sites;
        std::set<std::string> known_sites;
        std::array<std::set<std::string>, 3> entries;
        for (const auto& url : urls) {
            std::string entry;
            const auto* file = lists ? lists->find(url.host, url.path, entry) : nullptr;
            const auto meaning = file ? file->file.meaning : LinkMeaning::spam;
            auto& known = entries[static_cast<std::size_t>(meaning)];
            if (file && known.size() < most_findings && known.insert(entry).second)
                found.push_back({.name = meaning == LinkMeaning::phishing ? phishing
                                     : meaning == LinkMeaning::spam       ? spam
                                                                          : allowed,
                                 .detail = entry,
                                 .evidence = file->file.path});
            const bool is_site = url.scheme == "http" || url.scheme == "https";
            if (!is_site || (file && meaning == LinkMeaning::allowed))
                continue;
            if (auto site = url.registrable();
                (site.contains('.') || site.contains(':')) && known_sites.insert(site).second)
                sites.push_back(std::move(site));
        }
        return chosen(std::move(sites));
    }

    /// No more than may be asked: the first half, and of the rest some that nobody can foresee, so
    /// that a bad site cannot hide behind many.
    std::vector<std::string> chosen(std::vector<std::string> sites) const
    {
        if (sites.size() <= most_asked_)
            return sites;
        std::array<std::uint8_t, 8> chance{};
        for (std::size_t i = most_asked_ / 2; i < most_asked_; ++i) {
            env_.random(chance);
            std::size_t other = 0;
            for (const auto octet : chance)
                other = other << 8 | octet;
            std::swap(sites[i], sites[i + other % (sites.size() - i)]);
        }
        sites.resize(most_asked_);
        return sites;
    }

    Services& services_;
    net::Env& env_;
    std::shared_ptr<LinkLists> files_;
    std::chrono::milliseconds every_;
    double threshold_;
    std::size_t most_asked_;
    content::ProtectedNames names_;
    std::vector<LinkDnsList> lists_;
    std::unique_ptr<ShortLinks> short_links_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<LinkLookUp>(settings, services);
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
        {.name = target,
         .english = "A short link leads to {}.",
         .japanese = "短縮リンクの行き先: {}"},
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
# address; "#" begins a comment; zstd or plain. They are looked at again without a restart.
# feed:NAME/FILE is a file of a source of `update:`.
phishing_files: []
spam_files: []
# Sites that are never looked up, and never count as listed.
allow_files: []
look_every: 30 s
# Domains that others like to pretend to be, such as your bank's. Those of `domains:` are protected
# by themselves, but from names that hold theirs among other words ("online" is a word, too).
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
# Short links (bit.ly and the like) of one message that are followed, by a HEAD request to the
# service and no further; 0: none. The services learn that the link arrived here, and when.
short_links: 0
)",
    // Links may be many: who the sender is has the first claim on the message's DNS queries.
    .after = {"dkim", "arc", "dmarc"},
    .limit = std::chrono::seconds{8},
    .make = make,
    .make_content = make_content,
};
}
