// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/auth/arc.hpp"
#include "filters/auth/dkim.hpp"
#include "filters/auth/dmarc.hpp"
#include "filters/auth/spf.hpp"
#include "filters/services.hpp"

namespace filters {
/// Hears in full what spf, dkim, arc and dmarc found out, of which their findings are a summary:
/// for commands that show all of it. A gate has none. Called on any loop.
class Witness {
public:
    virtual ~Witness() = default;
    virtual void hear(const mail::Mail& mail, const auth::SpfAnswer& answer) = 0;
    virtual void hear(const mail::Mail& mail, const std::vector<auth::DkimResult>& results) = 0;
    virtual void hear(const mail::Mail& mail, const auth::ArcResult& result) = 0;
    virtual void hear(const mail::Mail& mail, const auth::DmarcAnswer& answer) = 0;

    /// The one of these services, or nullptr. Call when layers are made.
    static std::shared_ptr<Witness> of(Services& services)
    {
        return std::static_pointer_cast<Witness>(services.kept(name));
    }
    /// Before layers are made.
    static void appoint(Services& services, std::shared_ptr<Witness> witness)
    {
        services.kept(name) = std::move(witness);
    }

private:
    static constexpr std::string_view name = "witness";
};
}
