/// Pages and scripts, embedded in the binary so that it runs wherever it is copied to.
public enum WebAssets {
    public static let indexHTML = PackageResources.index_html
    public static let pageCSS = PackageResources.page_css
    public static let pageJS = PackageResources.page_js
}
