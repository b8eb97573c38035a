// SPDX-License-Identifier: Apache-2.0
#include "filters/content/brands.hpp"
#include "filters/content/text.hpp"
#include "filters/layer.hpp"
#include "gateway/mail/ascii.hpp"
#include "gateway/mail/public_suffix.hpp"

#include <algorithm>
#include <set>

namespace filters {
namespace {
using content::Brand;

constexpr std::string_view brand_name
    = "author.brand_name",
    brand_subject = "author.brand_subject", brand_text = "author.brand_text",
    brand_link = "author.brand_link", brand_picture = "author.brand_picture",
    reply_elsewhere = "author.reply_elsewhere", reply_free_mail = "author.reply_free_mail",
    foreign_links = "author.foreign_links", foreign_id = "author.foreign_id",
    to_self = "author.to_self", free_mail = "author.free_mail", nameless = "author.nameless";

std::string registrable(const std::string& domain)
{
    const auto found = mail::registrable_domain(domain);
    return std::string{found.empty() ? std::string_view{domain} : found};
}

std::optional<mail::AddressList::Entry> first_entry(const mail::Header& header,
                                                    std::string_view name)
{
    constexpr std::size_t longest = 8192;
    const auto* field = header.find(name);
    if (!field || field->value.size() > longest)
        return {};
    auto list = mail::parse_address_list(field->value);
    return list.entries.empty() ? std::nullopt : std::optional{std::move(list.entries.front())};
}

std::string domain_of(const mail::AddressList::Entry& entry)
{
    return registrable(entry.mailbox.domain().ascii());
}

/// The domain in "<left@right>", registrable.
std::string domain_of_id(std::string_view id)
{
    const auto at = id.rfind('@');
    if (at == id.npos)
        return {};
    const auto domain
        = mail::Domain::parse(id.substr(at + 1, id.find_first_of("> \t\r", at) - at - 1));
    return domain ? registrable(domain->ascii()) : std::string{};
}

bool is_followed(const content::Link& link)
{
    using Kind = content::HtmlLink::Kind;
    return link.source != content::Link::Source::document
        && (link.kind == Kind::anchor || link.kind == Kind::form || link.kind == Kind::refresh);
}

/// One reading of who wrote a message and whom it speaks for.
class Reading {
public:
    Reading(const mail::Message& message, const Content& content)
        : header_{message.header()}, content_{content}, from_{first_entry(header_, "From")},
          from_domain_{from_ ? domain_of(*from_) : std::string{}}
    {
        constexpr std::size_t most_sites = 200;
        for (const auto& link : content.links)
            if (link.url.scheme.starts_with("http") && !link.url.host.empty()
                && sites_.size() < most_sites)
                sites_.emplace(link.url.registrable(), is_followed(link));
    }

    Findings facts()
    {
        if (!from_)
            return {};
        replies();
        brands();
        links();
        identity();
        return std::move(findings_);
    }

private:
    void add(std::string_view name, std::string detail = {}, std::string evidence = {})
    {
        findings_.push_back({name, std::move(detail), std::move(evidence), {}});
    }
    bool is_foreign(const Brand* brand) const
    {
        return brand != nullptr && !content::belongs_to(*brand, from_domain_);
    }
    void add_brand(std::string_view name, const Brand& brand, std::string_view site)
    {
        add(name, std::string{brand.name}, std::string{site.substr(0, 200)});
    }

    /// A list put its own address into From, as many do because of DMARC ("Ann via list"); then
    /// Reply-To is the author.
    bool is_rewritten() const
    {
        if (from_->display_name.contains(" via "))
            return true;
        const auto* post = header_.find("List-Post");
        const auto address = from_->mailbox.to_string();
        const auto is_same = [](char a, char b) { return mail::to_lower(a) == mail::to_lower(b); };
        return post != nullptr && !std::ranges::search(post->value, address, is_same).empty();
    }

    void replies()
    {
        const auto reply = first_entry(header_, "Reply-To");
        if (!reply || domain_of(*reply) == from_domain_ || is_rewritten())
            return;
        add(reply_elsewhere, domain_of(*reply), from_domain_);
        if (content::is_free_mail(domain_of(*reply)))
            add(reply_free_mail, domain_of(*reply));
    }

    void brands()
    {
        if (const auto* brand = content::brand_of_name(from_->display_name); is_foreign(brand))
            add_brand(brand_name, *brand, from_domain_);
        if (const auto* brand = content::brand_in_subject(content_.subject); is_foreign(brand))
            add_brand(brand_subject, *brand, from_domain_);
        for (const auto& body : content_.bodies)
            if (body.type == "text/html")
                if (const auto* brand = content::brand_of_text(body.visible);
                    is_foreign(brand) && leads_elsewhere(*brand)) {
                    add_brand(brand_text, *brand, from_domain_);
                    break;
                }
        for (const auto& link : content_.links)
            if (const auto* brand
                = content::brand_in_foreign_host(link.url.host, link.url.registrable())) {
                add_brand(brand_link, *brand, link.url.host);
                break;
            }
        pictures();
    }
    /// Links to sites, none of them the brand's own.
    bool leads_elsewhere(const Brand& brand) const
    {
        return std::ranges::any_of(sites_, &Site::second)
            && std::ranges::none_of(sites_, [&](const Site& site) {
                   return site.second && content::belongs_to(brand, site.first);
               });
    }
    /// The brand's own pictures around links that lead to somebody else.
    void pictures()
    {
        for (const auto& [site, followed] : sites_) {
            if (followed)
                continue;
            const auto* brand = content::brand_of_site(site);
            if (brand != nullptr && brand->use == Brand::Use::plain && is_foreign(brand)
                && leads_elsewhere(*brand))
                return add_brand(brand_picture, *brand, site);
        }
    }

    void links()
    {
        const auto is_own
            = [&](const Site& site) { return site.second && site.first == from_domain_; };
        const auto other = std::ranges::find_if(sites_, &Site::second);
        if (other != sites_.end() && std::ranges::none_of(sites_, is_own))
            add(foreign_links, other->first, from_domain_);
    }

    void identity()
    {
        if (const auto* id = header_.find("Message-ID"))
            if (const auto domain = domain_of_id(mail::unfold(id->value));
                !domain.empty() && domain != from_domain_)
                add(foreign_id, domain, from_domain_);
        if (const auto to = first_entry(header_, "To");
            to && to->mailbox.key() == from_->mailbox.key() && !is_rewritten())
            add(to_self);
        if (content::is_free_mail(from_domain_))
            add(free_mail, from_domain_);
        if (from_->display_name.empty())
            add(nameless);
    }

    using Site = std::pair<std::string, bool>; ///< and whether one is led there
    const mail::Header& header_;
    const Content& content_;
    std::optional<mail::AddressList::Entry> from_;
    std::string from_domain_;
    std::set<Site> sites_;
    Findings findings_;
};

class Author final : public ContentLayer {
public:
    Findings inspect(const mail::Message& message, const Content& content) const override
    {
        return Reading{message, content}.facts();
    }
};

std::unique_ptr<ContentLayer> make_content(const Settings&, Services&)
{
    return std::make_unique<Author>();
}
}

extern const LayerType author{
    .name = "author",
    .summary = "Whom a message speaks for: names of others, answers that go elsewhere.",
    .findings = {
        {.name = brand_name,
         .english = "Phishing: the sender calls itself {}, from a domain that is not theirs.",
         .japanese = "フィッシング: 差出人名は{}ですが、ドメインが異なります。"},
        {.name = brand_subject,
         .english = "Phishing: the subject names {}, the sender's domain is not theirs.",
         .japanese = "フィッシング: 件名に{}とありますが、差出人のドメインが異なります。"},
        {.name = brand_text,
         .english = "Phishing: the text speaks of {}, and no link leads there.",
         .japanese = "フィッシング: 本文に{}とありますが、そのサイトへのリンクがありません。"},
        {.name = brand_link,
         .english = "Phishing: a link's host names {} and is not theirs.",
         .japanese = "フィッシング: リンク先に{}を含む偽のホスト名があります。"},
        {.name = brand_picture,
         .english = "Phishing: it shows pictures of {}, and its links lead elsewhere.",
         .japanese = "フィッシング: {}の画像を表示しながら、リンクは別のサイトへ導きます。"},
        {.name = reply_elsewhere,
         .english = "Answers go to another domain: {}",
         .japanese = "返信先が別のドメインです: {}"},
        {.name = reply_free_mail,
         .english = "Answers go to a free mail provider: {}",
         .japanese = "返信先がフリーメールです: {}"},
        {.name = foreign_links,
         .english = "No link leads to the sender's own domain, but to {}.",
         .japanese = "差出人のドメインへのリンクがなく、{}などへ導きます。"},
        {.name = foreign_id,
         .english = "The Message-ID is of another domain: {}",
         .japanese = "Message-IDが別のドメインのものです: {}"},
        {.name = to_self,
         .english = "Sender and recipient in the header are the same.",
         .japanese = "ヘッダーの差出人と宛先が同じです。"},
        {.name = free_mail,
         .english = "The sender writes from a free mail provider: {}",
         .japanese = "差出人はフリーメールです: {}"},
        {.name = nameless,
         .english = "The sender has no name, only an address.",
         .japanese = "差出人名がなく、アドレスだけです。"},
    },
    .make_content = make_content,
};
}
