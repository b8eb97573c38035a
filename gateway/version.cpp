// SPDX-License-Identifier: Apache-2.0
#include "gateway/version.hpp"

#include "filters/layer.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>

namespace app {
std::string version_text() { return MAILWEIR_VERSION; }

std::string version_details()
{
    std::string layers;
    for (const auto* type : filters::layer_types())
        layers += " " + std::string{type->name};
    return fmt::format("mailweir {}\ncompiler {}\nBoost {}.{}.{}\n{}\nspdlog {}.{}.{}\nlayers{}\n",
                       version_text(), __VERSION__, BOOST_VERSION / 100000,
                       BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100,
                       OpenSSL_version(OPENSSL_VERSION), SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                       SPDLOG_VER_PATCH, layers);
}
}
