// SPDX-License-Identifier: Apache-2.0
#include "gateway/own_certificate.hpp"

#include "gateway/durable_file.hpp"
#include "gateway/net/certificate.hpp"

#include <openssl/crypto.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

namespace app {
namespace {
constexpr std::size_t largest_file = 1U << 20;

/// Why nobody can use it now; "" somebody can. A link could lead to keys of others, which the
/// processes that read this one may see.
std::string problem_of(const std::string& file)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(file, error)))
        return file + " is missing";
    const auto facts = net::read_certificate({file, file});
    return facts ? std::string{} : facts.error();
}

void forget(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

std::string place_of(const std::string& name) { return "certificate." + name; }

bool is_wanted(const Configuration& configuration, const std::string& name)
{
    const auto& wanted = configuration.own.certificate_for;
    return std::ranges::find(wanted, name) != wanted.end()
        && !configuration.locked.contains(place_of(name));
}
}

std::string own_certificate_file(const std::string& data)
{
    return (std::filesystem::path{data} / "keys" / "certificate.pem").string();
}

void use_own_certificate(Configuration& configuration)
{
    if (configuration.own.certificate_for.empty())
        return;
    const auto file = own_certificate_file(configuration.data);
    if (const auto problem = problem_of(file); !problem.empty()) {
        configuration.warnings.push_back(
            {.text = "the certificate of the pages cannot be used: " + problem});
        return;
    }
    for (auto& listener : configuration.smtp.listeners)
        if (listener.certificates.empty() && is_wanted(configuration, "listener " + listener.name))
            listener.certificates = {{file, file}};
    if (configuration.web.certificates.empty() && is_wanted(configuration, "web"))
        configuration.web.certificates = {{file, file}};
}

web::CertificatePlaces certificate_places(const Configuration& configuration)
{
    web::CertificatePlaces places{.file = own_certificate_file(configuration.data), .all = {}};
    const auto add = [&](const std::string& name, bool is_listener, const std::string& address,
                         const std::vector<net::CertificateFiles>& pairs) {
        const auto locked = configuration.locked.find(place_of(name));
        const bool is_own = pairs.size() == 1 && pairs.front().certificate == places.file;
        places.all.push_back({name, address,
                              locked == configuration.locked.end() ? "" : locked->second,
                              is_listener, !pairs.empty(), is_own});
    };
    if (!configuration.web.address.empty())
        add("web", false, configuration.web.address, configuration.web.certificates);
    for (const auto& listener : configuration.smtp.listeners)
        add("listener " + listener.name, true, listener.address, listener.certificates);
    return places;
}

CertificateExchange::CertificateExchange(const std::string& data)
    : file_{own_certificate_file(data)}
{
    std::error_code error;
    if (std::filesystem::exists(file_, error))
        before_ = read_file(file_, largest_file).value_or("");
}

CertificateExchange::~CertificateExchange()
{
    if (is_changed_ && !is_kept_)
        if (const auto back = put(before_); !back)
            spdlog::error("the certificate before is lost: {}", back.error());
    forget(before_);
}

std::expected<void, std::string> CertificateExchange::put(const std::string& pem)
{
    const auto folder = std::filesystem::path{file_}.parent_path();
    std::error_code error;
    if (pem.empty()) {
        std::filesystem::remove(file_, error);
        is_changed_ = !error;
        return error ? std::unexpected{file_ + ": " + error.message()}
                     : std::expected<void, std::string>{};
    }
    if (std::filesystem::create_directory(folder, error))
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    if (error)
        return std::unexpected{folder.string() + ": " + error.message()};
    is_changed_ = true;
    return replace_file(file_, pem);
}
}
