// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <unistd.h>

namespace net {
namespace {
template <class T, void (*free)(T*)> struct Freed {
    void operator()(T* object) const { free(object); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
struct Closed {
    void operator()(BIO* file) const { BIO_free_all(file); }
};
using File = std::unique_ptr<BIO, Closed>;

std::string text_of(const ASN1_STRING* string)
{
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string common_name(X509* certificate)
{
    X509_NAME* subject = X509_get_subject_name(certificate);
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0)
        return {};
    return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
}

/// No terminal: a key with a passphrase is an error.
int no_passphrase(char*, int, int, void*) { return -1; }

std::chrono::system_clock::time_point time_of(const ASN1_TIME* text)
{
    std::tm time{};
    ASN1_TIME_to_tm(text, &time);
    return std::chrono::system_clock::from_time_t(::timegm(&time));
}

bool may_read(const std::string& file)
{
    return ::access(file.c_str(), R_OK) == 0 || errno != EACCES;
}

/// Why the key is not this certificate's; "" when it is.
std::string key_problem(X509* certificate, const std::string& file)
{
    const File input{BIO_new_file(file.c_str(), "r")};
    const Key key{input ? PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, nullptr)
                        : nullptr};
    if (!key)
        return "there is no private key in " + file;
    return X509_check_private_key(certificate, key.get()) == 1
        ? ""
        : "the key " + file + " does not belong to it";
}
}

std::string host_key(std::string_view name)
{
    std::string result{name};
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::vector<std::string> names_in(X509* certificate)
{
    std::vector<std::string> names;
    auto* list = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(list); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
        if (name->type == GEN_DNS)
            names.push_back(host_key(text_of(name->d.dNSName)));
    }
    GENERAL_NAMES_free(list);
    if (names.empty())
        names.push_back(host_key(common_name(certificate)));
    return names;
}

std::chrono::system_clock::time_point end_of_validity(X509* certificate)
{
    return time_of(X509_get0_notAfter(certificate));
}

CertificateFacts facts_of(X509* certificate)
{
    return {common_name(certificate), names_in(certificate),
            time_of(X509_get0_notBefore(certificate)), end_of_validity(certificate)};
}

std::expected<std::optional<CertificateFacts>, std::string>
read_certificate(const CertificateFiles& files)
{
    if (!may_read(files.certificate))
        return std::nullopt;
    ERR_clear_error();
    const File input{BIO_new_file(files.certificate.c_str(), "r")};
    const Certificate certificate{
        input ? PEM_read_bio_X509(input.get(), nullptr, no_passphrase, nullptr) : nullptr};
    const auto why = !certificate ? "there is no certificate in " + files.certificate
        : may_read(files.key)     ? key_problem(certificate.get(), files.key)
                                  : std::string{};
    ERR_clear_error();
    if (!why.empty())
        return std::unexpected{why};
    return facts_of(certificate.get());
}
}
