// SPDX-License-Identifier: Apache-2.0
// Names of others: skeletons are of one shape for ever, protected names are found or not in any
// host, and a brand's own sites imitate nobody.
#include "filters/content/brands.hpp"
#include "filters/content/look_alike.hpp"
#include "filters/content/url.hpp"
#include "gateway/mail/utf8.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>

using namespace filters::content;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const ProtectedNames names{{"bank.example", "paypal.com", "xn--bcher-kva.example"}};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    require(mail::is_utf8(skeleton(text.substr(0, 200))) || !mail::is_utf8(text));
    for (const auto* brand : {brand_of_name(text), brand_in_subject(text), brand_of_text(text)})
        require(brand == nullptr || !brand->domains.empty());
    const auto line = text.substr(0, text.find('\n'));
    const ProtectedNames chosen{{std::string{line}}};
    const auto url = parse_url("http://" + std::string{line} + "/");
    if (!url)
        return 0;
    const auto domain = url->registrable();
    if (const auto found = names.find(url->host))
        require(found->domain != domain);
    require(!chosen.find(url->host) || domain.empty() || chosen.is_empty()
            || chosen.find(url->host)->domain != domain);
    if (const auto* brand = brand_in_foreign_host(url->host, domain))
        require(!belongs_to(*brand, domain));
    return 0;
}
