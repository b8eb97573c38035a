// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificates.hpp"

#include <cstdio>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <unistd.h>

namespace support {
namespace {
void require(bool is_done)
{
    if (!is_done)
        throw std::runtime_error{"OpenSSL refused to make a test certificate"};
}

template <class Write> void write_file(const std::string& path, Write write)
{
    std::FILE* file = std::fopen(path.c_str(), "w");
    require(file != nullptr && write(file) == 1);
    std::fclose(file);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

X509* new_certificate(EVP_PKEY* key, const std::string& name, long serial, long seconds)
{
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L * 30);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_pubkey(certificate, key);
    return certificate;
}

std::string alternative_names(const std::vector<std::string>& names)
{
    std::string list;
    for (const std::string& name : names)
        list += (list.empty() ? "" : ",") + (name.starts_with("IP:") ? name : "DNS:" + name);
    return list;
}
}

CertificateAuthority::CertificateAuthority() : key_{EVP_EC_gen("P-256")}
{
    std::string name = std::filesystem::temp_directory_path() / "certificates_XXXXXX";
    require(::mkdtemp(name.data()) != nullptr && key_);
    folder_ = name;
    certificate_ = new_certificate(key_, "Test Authority", 1, 86400);
    X509_set_issuer_name(certificate_, X509_get_subject_name(certificate_));
    add_extension(certificate_, certificate_, NID_basic_constraints, "critical,CA:TRUE");
    require(X509_sign(certificate_, key_, EVP_sha256()) > 0);
    write_file(file(), [this](std::FILE* to) { return PEM_write_X509(to, certificate_); });
}

CertificateAuthority::~CertificateAuthority()
{
    X509_free(certificate_);
    EVP_PKEY_free(key_);
    std::filesystem::remove_all(folder_);
}

net::CertificateFiles CertificateAuthority::issue(const std::vector<std::string>& names,
                                                  std::chrono::hours validity)
{
    const std::string number = std::to_string(++issued_);
    const net::CertificateFiles files{folder_ / (number + ".pem"), folder_ / (number + ".key")};
    EVP_PKEY* key = EVP_EC_gen("P-256");
    require(key != nullptr);
    X509* leaf = new_certificate(key, names.at(0), 1 + issued_, validity.count() * 3600);
    X509_set_issuer_name(leaf, X509_get_subject_name(certificate_));
    add_extension(leaf, certificate_, NID_subject_alt_name, alternative_names(names));
    require(X509_sign(leaf, key_, EVP_sha256()) > 0);
    write_file(files.certificate, [leaf](std::FILE* to) { return PEM_write_X509(to, leaf); });
    write_file(files.key, [key](std::FILE* to) {
        return PEM_write_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    X509_free(leaf);
    EVP_PKEY_free(key);
    return files;
}
}
