// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <string_view>

namespace filters::test {
/// A folder of its own; gone with the test.
struct Folder {
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "feeds-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    void write(const std::string& name, std::string_view text) const
    {
        std::ofstream{path + "/" + name, std::ios::binary} << text;
    }
    std::string read(const std::string& name) const
    {
        std::ifstream in{path + "/" + name, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::string path;
};
}
