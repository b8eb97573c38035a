// SPDX-License-Identifier: Apache-2.0
#include "gateway/config_signing.hpp"

#include "gateway/config_values.hpp"
#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace app {
using filters::Complaints;
using filters::Yaml;
using filters::auth::PrivateKey;
using filters::auth::Signers;

namespace {
constexpr std::size_t largest_key = 64 * 1024;
constexpr unsigned advised_rsa = 2048; // RFC 8301 §3.2

struct Descriptor {
    int number = -1;
    explicit Descriptor(int n) : number{n} { }
    ~Descriptor()
    {
        if (number >= 0)
            ::close(number);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
};

std::unexpected<std::string> failed() { return std::unexpected{std::string{std::strerror(errno)}}; }

struct KeyFile {
    std::string pem;
    bool is_open_to_all = false;
};

std::expected<KeyFile, std::string> read_key_file(const std::string& path)
{
    // A named pipe would make the opener wait.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status{};
    if (file.number < 0 || ::fstat(file.number, &status) != 0)
        return failed();
    if (!S_ISREG(status.st_mode))
        return std::unexpected{std::string{"is no file"}};
    KeyFile found{std::string(largest_key, '\0'), (status.st_mode & S_IRWXO) != 0};
    const auto size = ::read(file.number, found.pem.data(), found.pem.size());
    if (size < 0)
        return failed();
    found.pem.resize(static_cast<std::size_t>(size));
    return found;
}

/// Reads one configuration's keys.
class Reader {
public:
    Reader(const Yaml& tree, Complaints& complaints, Complaints& warnings)
        : tree_{tree}, complaints_{complaints}, warnings_{warnings}
    { }

    Signers read()
    {
        for (const auto& item : value_of(tree_, "dkim.keys").items())
            add_key(item);
        read_fields();
        if (const Yaml expire = value_of(tree_, "dkim.expire"))
            signers_.lifetime = std::chrono::ceil<std::chrono::seconds>(duration_of(expire));
        if (boolean_of(value_of(tree_, "arc.seal")))
            read_sealer(tree_.find("arc"));
        return std::move(signers_);
    }

private:
    std::optional<mail::Domain> domain_of(const Yaml& value)
    {
        auto domain = mail::Domain::parse(value.text());
        if (domain && !domain->is_literal())
            return std::move(*domain);
        complaints_.push_back(value.complain("\"" + value.text() + "\" is no domain name"));
        return {};
    }

    /// The key of one entry, if all about it is right.
    std::optional<Signers::Key> key_of(const Yaml& selector, const Yaml& file)
    {
        const auto before = complaints_.size();
        if (!mail::Domain::parse(selector.text()))
            complaints_.push_back(
                selector.complain("\"" + selector.text() + "\" is no name of the DNS"));
        const auto path = path_of(file);
        const auto found = read_key_file(path);
        if (!found) {
            complaints_.push_back(
                file.complain("the key " + path + " cannot be read: " + found.error()));
            return {};
        }
        if (found->is_open_to_all)
            complaints_.push_back(
                file.complain("the key " + path + " is open to every user of this machine",
                              "chmod o-rwx " + path));
        auto key = PrivateKey::from_pem(found->pem);
        if (!key)
            complaints_.push_back(file.complain(path + " " + key.error().text));
        if (!key || complaints_.size() != before)
            return {};
        if (key->type() == filters::auth::KeyType::rsa && key->bits() < advised_rsa)
            warnings_.push_back(file.complain(path + " is an RSA key of "
                                                  + std::to_string(key->bits())
                                                  + " bits; some receivers want 2048",
                                              "mailweir dkim keygen makes one"));
        return Signers::Key{selector.text(), std::move(*key)};
    }

    bool is_complete(const Yaml& map, const char* question)
    {
        const auto before = complaints_.size();
        for (const auto* name : {"domain", "selector", "key"})
            if (!map.find(name))
                complaints_.push_back(
                    map.complain(std::string{"\""} + name + "\" is missing: " + question));
        return complaints_.size() == before;
    }

    void add_key(const Yaml& item)
    {
        if (!is_complete(item, "who signs?"))
            return;
        const Yaml selector = item.find("selector");
        const auto domain = domain_of(item.find("domain"));
        auto key = key_of(selector, item.find("key"));
        if (!domain || !key)
            return;
        warn_of_stranger(item.find("domain"), *domain);
        auto of_domain = std::ranges::find(signers_.domains, *domain, &Signers::DomainKeys::domain);
        if (of_domain == signers_.domains.end())
            of_domain = signers_.domains.insert(of_domain, {*domain, {}});
        const auto is_same = [&](const Signers::Key& other) {
            return mail::equals_ignoring_case(other.selector, key->selector);
        };
        if (std::ranges::any_of(of_domain->keys, is_same))
            complaints_.push_back(selector.complain("two keys of this domain have this selector"));
        else
            of_domain->keys.push_back(std::move(*key));
    }

    void warn_of_stranger(const Yaml& place, const mail::Domain& domain)
    {
        const auto is_ours = [&](const Yaml& item) {
            const auto own = mail::Domain::parse(item.find("name").text());
            return own && (own->is_within(domain) || domain.is_within(*own));
        };
        if (!std::ranges::any_of(tree_.find("domains").items(), is_ours))
            warnings_.push_back(place.complain("a key for a domain that is none of \"domains\""));
    }

    std::vector<std::string> names_of(std::string_view key, std::vector<std::string> otherwise)
    {
        const Yaml value = value_of(tree_, key);
        if (!value)
            return otherwise;
        std::vector<std::string> names;
        for (const auto& item : value.is_scalar() ? std::vector{value} : value.items()) {
            // What every server on the way adds or changes would break each signature.
            static constexpr std::array<std::string_view, 6> unsteady{
                "Received", "Return-Path",           "DKIM-Signature",
                "ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"};
            for (const auto name : unsteady)
                if (mail::equals_ignoring_case(item.text(), name))
                    complaints_.push_back(
                        item.complain("\"" + item.text() + "\" changes on the way"));
            names.push_back(item.text());
        }
        return names;
    }

    void read_fields()
    {
        signers_.fields = names_of("dkim.headers", std::move(signers_.fields));
        signers_.sealed_fields = names_of("dkim.oversign", std::move(signers_.sealed_fields));
        const auto is_from
            = [](const std::string& name) { return mail::equals_ignoring_case(name, "From"); };
        if (std::ranges::none_of(signers_.fields, is_from)
            && std::ranges::none_of(signers_.sealed_fields, is_from))
            complaints_.push_back(
                value_of(tree_, "dkim.oversign")
                    .complain("a signature without From never counts", "add From"));
    }

    void read_sealer(const Yaml& arc)
    {
        if (!is_complete(arc, "who seals?"))
            return;
        auto domain = domain_of(arc.find("domain"));
        auto key = key_of(arc.find("selector"), arc.find("key"));
        if (domain && key)
            signers_.sealer = Signers::Sealer{std::move(*domain), std::move(*key)};
    }

    const Yaml& tree_;
    Complaints& complaints_;
    Complaints& warnings_;
    Signers signers_;
};
}

std::shared_ptr<const Signers> read_signers(const Yaml& tree, Complaints& complaints,
                                            Complaints& warnings)
{
    auto signers = Reader{tree, complaints, warnings}.read();
    return signers.is_empty() ? nullptr : std::make_shared<const Signers>(std::move(signers));
}

std::expected<PrivateKey, std::string> read_private_key(const std::string& path)
{
    auto file = read_key_file(path);
    if (!file)
        return std::unexpected{std::move(file.error())};
    auto key = PrivateKey::from_pem(file->pem);
    if (!key)
        return std::unexpected{std::move(key.error().text)};
    return std::move(*key);
}
}
