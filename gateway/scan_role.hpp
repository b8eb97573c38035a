// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/scan/nursery.hpp"
#include "gateway/config.hpp"

#include <sys/types.h>

#include <memory>

namespace app {
/// Makes content layers for a nursery: the first time of `configuration`; to renew, of what
/// `source` says by then; to refresh, of the one before. Both must outlive it. Starts no thread.
filters::Nursery::Load content_loader(const ConfigurationSource& source,
                                      const Configuration& configuration);

/// A scan role for one command, as a child of it. It ends with this object.
class OwnScanRole {
public:
    /// Call it before the first thread is started. Throws std::system_error.
    OwnScanRole(const ConfigurationSource& source, const Configuration& configuration);
    ~OwnScanRole();
    OwnScanRole(const OwnScanRole&) = delete;
    OwnScanRole& operator=(const OwnScanRole&) = delete;
    /// For a Scanner.
    int requests() const { return requests_; }

private:
    pid_t process_ = -1;
    int requests_ = -1;
};
}
