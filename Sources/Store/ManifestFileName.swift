/// Which names in a folder are manifests.
enum ManifestFileName {
    /// What `kubectl apply -f FOLDER` takes: `.yaml`, `.yml` and `.json`. Hidden files are not manifests, and neither are
    /// those that editors leave for a moment: `.x.yaml.swp`, `x.yaml~`, `#x.yaml#`, `4913`.
    static func isManifest(_ name: String) -> Bool {
        !isHidden(name) && !name.hasPrefix("#") && [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    /// Hidden names include `..data` and the dated folders of a ConfigMap mount; their files are read through the links
    /// beside them.
    static func isHidden(_ name: String) -> Bool { name.hasPrefix(".") }
}
