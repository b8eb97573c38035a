// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace storage::backup {
/// While it lives, root works on the disk as the owner of a directory, in this thread: so nothing
/// that a kill leaves there is root's, and no link that stands there leads root astray. Does
/// nothing for anybody but root. Throws std::system_error.
class AsOwnerOf {
public:
    explicit AsOwnerOf(const std::string& directory);
    ~AsOwnerOf();
    AsOwnerOf(const AsOwnerOf&) = delete;
    AsOwnerOf& operator=(const AsOwnerOf&) = delete;

private:
    void go_back() const;
    bool is_other_ = false;
    gid_t group_ = 0;
    std::vector<gid_t> groups_;
};

/// Gives an open file to the owner of `like`. Does nothing for anybody but root. Throws
/// std::system_error.
void give_to_owner_of(int file, const std::string& like);
}
