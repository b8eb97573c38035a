// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/certificate_check.hpp"

#include <algorithm>
#include <memory>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace net {
namespace {
using Mark = CertificateCheck::Mark;
constexpr std::size_t most_certificates = 20, longest_text = 256U << 10, longest_list = 1000;
constexpr std::chrono::days soon{21};

template <auto free> struct Freed {
    template <class T> void operator()(T* object) const { free(object); }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Text = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;
using Stack = std::unique_ptr<STACK_OF(X509), decltype([](auto* all) { sk_X509_free(all); })>;

/// No terminal: a key with a passphrase is an error.
int no_passphrase(char*, int, int, void*) { return -1; }

Text text_of(std::string_view pem)
{
    return Text{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

std::vector<Certificate> certificates_in(std::string_view pem)
{
    std::vector<Certificate> all;
    const auto text = text_of(pem);
    while (all.size() < most_certificates)
        if (Certificate one{PEM_read_bio_X509(text.get(), nullptr, no_passphrase, nullptr)})
            all.push_back(std::move(one));
        else
            break;
    ERR_clear_error();
    return all;
}

Key key_in(std::string_view pem)
{
    Key key{PEM_read_bio_PrivateKey(text_of(pem).get(), nullptr, no_passphrase, nullptr)};
    ERR_clear_error();
    return key;
}

std::string name_of(const X509_NAME* name)
{
    const Text text{BIO_new(BIO_s_mem())};
    X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bool is_own_issuer(X509* one) { return X509_check_issued(one, one) == X509_V_OK; }

/// The certificate, then who vouches for it, and so on; authorities themselves are left out, for
/// who does not know them already does not believe them.
std::vector<X509*> chain_of(X509* leaf, const std::vector<Certificate>& all)
{
    std::vector<X509*> chain{leaf};
    while (chain.size() < most_certificates && !is_own_issuer(chain.back())) {
        const auto next = std::ranges::find_if(all, [&](const Certificate& one) {
            return X509_check_issued(one.get(), chain.back()) == X509_V_OK
                && std::ranges::find(chain, one.get()) == chain.end();
        });
        if (next == all.end() || is_own_issuer(next->get()))
            break;
        chain.push_back(next->get());
    }
    return chain;
}

/// Why a server could not use it; "" where it could.
std::string use_problem(X509* leaf, EVP_PKEY* key)
{
    const Context context{SSL_CTX_new(TLS_server_method())};
    SSL_CTX_set_security_level(context.get(), 2);
    if (SSL_CTX_use_certificate(context.get(), leaf) == 1
        && SSL_CTX_use_PrivateKey(context.get(), key) == 1)
        return {};
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason != nullptr ? reason : "it is not fit for TLS";
}

/// Why nobody who asks the authorities here would trust it: X509_V_OK or an error of OpenSSL.
int trust(const std::vector<X509*>& chain, std::chrono::system_clock::time_point now,
          const std::string& ca_file)
{
    const Store store{X509_STORE_new()};
    if (ca_file.empty())
        X509_STORE_set_default_paths(store.get());
    else
        X509_STORE_load_file(store.get(), ca_file.c_str());
    const Stack others{sk_X509_new_null()};
    for (std::size_t i = 1; i < chain.size(); ++i)
        sk_X509_push(others.get(), chain[i]);
    const StoreContext context{X509_STORE_CTX_new()};
    X509_STORE_CTX_init(context.get(), store.get(), chain.front(), others.get());
    X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
    X509_STORE_CTX_set_time(context.get(), 0, std::chrono::system_clock::to_time_t(now));
    const int error = X509_verify_cert(context.get()) == 1
        ? X509_V_OK
        : X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return error;
}

bool is_for(X509* leaf, const std::string& name)
{
    return X509_check_host(leaf, name.data(), name.size(), 0, nullptr) == 1
        || X509_check_ip_asc(leaf, name.c_str(), 0) == 1;
}

std::string day_of(std::chrono::system_clock::time_point time)
{
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
    const auto two
        = [](unsigned number) { return (number < 10 ? "-0" : "-") + std::to_string(number); };
    return std::to_string(static_cast<int>(date.year())) + two(static_cast<unsigned>(date.month()))
        + two(static_cast<unsigned>(date.day()));
}

/// What is said of one certificate and its key, step by step.
struct Look {
    OfferedCertificate& offered;
    std::chrono::system_clock::time_point now;

    void say(Mark mark, std::string_view what, std::string detail)
    {
        offered.checks.push_back({mark, what, std::move(detail)});
    }
    void at_dates()
    {
        const auto& [subject, names, begins, ends] = *offered.facts;
        if (now < begins)
            say(Mark::bad, "not_yet", day_of(begins));
        else if (now >= ends)
            say(Mark::bad, "expired", day_of(ends));
        else if (ends - now < soon)
            say(Mark::warning, "ends_soon", day_of(ends));
        else
            say(Mark::good, "ends", day_of(ends));
    }
    void at_names(X509* leaf, const std::vector<std::string>& wanted)
    {
        std::string has, lacks;
        for (const auto& name : offered.facts->names)
            has += (has.empty() ? "" : ", ") + name.substr(0, 255);
        say(Mark::good, "names", has.substr(0, longest_list));
        for (const auto& name : wanted)
            if (!is_for(leaf, name))
                lacks += (lacks.empty() ? "" : ", ") + name;
        if (!lacks.empty())
            say(Mark::warning, "not_for", lacks);
    }
    void at_chain(const std::vector<X509*>& chain, const std::string& ca_file)
    {
        const int error = trust(chain, now, ca_file);
        if (error == X509_V_OK)
            say(Mark::good, "vouched", offered.issuer);
        else if (is_own_issuer(chain.front()))
            say(Mark::warning, "own_issuer", "");
        else if (error == X509_V_ERR_CERT_HAS_EXPIRED)
            say(Mark::warning, "issuer_expired", offered.issuer);
        else
            say(Mark::warning, "not_vouched", offered.issuer);
    }
};

std::string pem_of(const std::vector<X509*>& chain, EVP_PKEY* key)
{
    const Text text{BIO_new(BIO_s_secmem())};
    for (auto* one : chain)
        PEM_write_bio_X509(text.get(), one);
    PEM_write_bio_PrivateKey(text.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    const char* data = nullptr;
    const auto size = BIO_get_mem_data(text.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}
}

bool OfferedCertificate::has(Mark mark) const
{
    return std::ranges::any_of(checks, [&](const auto& check) { return check.mark == mark; });
}

OfferedCertificate check_certificate(std::string_view certificates, std::string_view key_text,
                                     const std::vector<std::string>& names,
                                     std::chrono::system_clock::time_point now,
                                     const std::string& ca_file)
{
    OfferedCertificate offered;
    Look look{offered, now};
    if (key_text.empty())
        key_text = certificates;
    if (certificates.size() > longest_text || key_text.size() > longest_text) {
        look.say(Mark::bad, "too_long", "");
        return offered;
    }
    const auto all = certificates_in(certificates);
    const auto key = key_in(key_text);
    if (all.empty())
        look.say(Mark::bad, "no_certificate", "");
    if (!key)
        look.say(Mark::bad, key_text.contains("ENCRYPTED") ? "passphrase" : "no_key", "");
    if (all.empty() || !key)
        return offered;
    const auto own = std::ranges::find_if(all, [&](const Certificate& one) {
        return X509_check_private_key(one.get(), key.get()) == 1;
    });
    ERR_clear_error();
    if (own == all.end()) {
        look.say(Mark::bad, "other_key", "");
        return offered;
    }
    const auto chain = chain_of(own->get(), all);
    offered.facts = facts_of(own->get());
    offered.issuer = name_of(X509_get_issuer_name(own->get()));
    if (const auto why = use_problem(own->get(), key.get()); !why.empty())
        look.say(Mark::bad, "unfit", why);
    else
        look.say(Mark::good, "key_fits", "");
    look.at_dates();
    look.at_names(own->get(), names);
    look.at_chain(chain, ca_file);
    if (!offered.has(Mark::bad))
        offered.pem = pem_of(chain, key.get());
    return offered;
}
}
