// SPDX-License-Identifier: Apache-2.0
#include "filters/spam_traps.hpp"

#include "filters/layer.hpp"

#include <algorithm>

namespace filters {
namespace {
/// Addresses of nobody.
class Traps final : public Layer {
public:
    explicit Traps(const Settings& settings)
    {
        for (const auto& text : settings.texts("addresses"))
            if (const auto address = mail::Mailbox::parse(text))
                keys_.push_back(address->key());
            else
                settings.complain("addresses", "\"" + text + "\" is no address");
        std::ranges::sort(keys_);
    }

    Inspection inspect_recipient(const mail::Mail& mail,
                                 const mail::Recipient& recipient) const override
    {
        const auto key = recipient.address.key();
        if (mail.direction != mail::Direction::inbound || !std::ranges::binary_search(keys_, key))
            return Findings{};
        return Findings{{.name = trap_finding, .detail = key}};
    }

private:
    std::vector<std::string> keys_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services&)
{
    return std::make_unique<Traps>(settings);
}
}

extern const LayerType traps{
    .name = "traps",
    .summary = "Addresses of nobody: what comes to them teaches what spam is.",
    .findings = {
        {.name = trap_finding,
         .english = "It was sent to the spam trap {}.",
         .japanese = "スパムトラップ{}宛に送信されました。"},
    },
    .settings = R"(# Mail from outside to these addresses of our domains is learnt
# as spam by the layers `fingerprint` and `classifier` of the policy, unless its sender is of good
# repute. The layer `recipients` takes them as known; the rule for `traps.address` says what becomes
# of the mail (mode observe hands it to the internal server, which may not know the address).
addresses: []
)",
    .make = make,
};
}
