// SPDX-License-Identifier: Apache-2.0
#include "filters/content/rar5.hpp"

#include <cstdint>
#include <optional>

namespace filters::content {
namespace {
constexpr std::string_view signature{"Rar!\x1A\x07\x01\x00", 8};
constexpr std::size_t checksum = 4;

/// Numbers of seven bits an octet, the least first.
class Numbers {
public:
    explicit Numbers(std::string_view octets) : rest_{octets} { }
    std::optional<std::uint64_t> next()
    {
        constexpr unsigned bits = 64, in_one = 7;
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < bits && !rest_.empty(); shift += in_one) {
            const auto octet = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            number |= std::uint64_t{octet & 0x7FU} << shift;
            if ((octet & 0x80) == 0)
                return number;
        }
        return {};
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

/// A record says how long it is and what.
bool has_encryption(std::string_view records)
{
    constexpr std::uint64_t encryption = 1;
    while (true) {
        Numbers record{records};
        const auto size = record.next();
        if (!size || *size > record.rest().size())
            return false;
        records = record.rest().substr(static_cast<std::size_t>(*size));
        if (Numbers{record.rest()}.next() == encryption)
            return true;
    }
}
}

RarSecrets rar5_secrets(std::string_view archive)
{
    constexpr std::uint64_t file = 2, encryption = 4, has_records = 1, has_data = 2;
    RarSecrets secrets;
    if (!archive.starts_with(signature))
        return secrets;
    archive.remove_prefix(signature.size());
    while (archive.size() > checksum) {
        Numbers block{archive.substr(checksum)};
        const auto size = block.next();
        if (!size || *size > block.rest().size())
            break;
        const auto length = static_cast<std::size_t>(*size);
        Numbers header{block.rest().substr(0, length)};
        const auto type = header.next(), flags = header.next();
        if (!type || !flags)
            break;
        const auto records = (*flags & has_records) != 0 ? header.next() : 0;
        const auto data = (*flags & has_data) != 0 ? header.next() : 0;
        if (!records || !data || *records > length)
            break;
        if (*type == encryption) {
            secrets.is_whole = true;
            break;
        }
        const auto last = length - static_cast<std::size_t>(*records);
        if (*type == file)
            secrets.files.push_back(has_encryption(block.rest().substr(last, length - last)));
        if (*data > block.rest().size() - length)
            break;
        archive = block.rest().substr(length + static_cast<std::size_t>(*data));
    }
    return secrets;
}
}
