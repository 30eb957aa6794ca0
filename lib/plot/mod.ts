/**
 * # Figures
 *
 * Every figure is a function from tensors to a {@linkcode Figure}: live plotly in JupyterLab, a PNG everywhere else.
 * Figures read their tensors and leave none behind; the tensors stay the caller's.
 *
 * | question | figure |
 * |---|---|
 * | What does the encoder see? | {@linkcode featurePca}, {@linkcode featurePcaGrid} |
 * | Where is this Gaussian in the photo? | {@linkcode heatmapOverPhoto}, {@linkcode heatmapGrid} |
 * | What do numbers of a grid say about the photo? | {@linkcode mapsOverPhoto} |
 * | Where is it on the body? | {@linkcode gaussianOnBody} |
 * | Does the fitted body lie on the person? | {@linkcode bodyOverPhoto} |
 * | How does a number spread over the body? | {@linkcode bodyMap} |
 * | What is in this tensor? | {@linkcode tensorView} |
 * | What does it look like? | {@linkcode picture} |
 * | How do numbers compare? | {@linkcode lines}, {@linkcode bars} |
 * | How is it going? | {@linkcode Progress}, {@linkcode LiveCurve}, {@linkcode LiveFigure} |
 *
 * @module
 */
export { Figure, type FigureSpec, PLOTLY, type PngOptions } from "./figure.ts";
export { picture, type PictureOptions } from "./picture.ts";
export { featurePca, featurePcaGrid, type FeaturePcaOptions } from "./feature_pca.ts";
export { type GridPlace, type HeatmapOverPhoto, heatmapOverPhoto } from "./heatmap_over_photo.ts";
export { type HeatmapGrid, heatmapGrid } from "./heatmap_grid.ts";
export { type MapsOverPhoto, mapsOverPhoto } from "./maps_over_photo.ts";
export { type GaussianOnBody, gaussianOnBody } from "./gaussian_on_body.ts";
export { type BodyOverPhoto, bodyOverPhoto } from "./body_over_photo.ts";
export { type BodyMap, bodyMap } from "./body_map.ts";
export { tensorView, type TensorViewOptions } from "./tensor_view.ts";
export { type Bars, bars, type BarSeries, type ChartAxis, type Line, type Lines, lines } from "./curves.ts";
export { type PrincipalComponents, principalComponents } from "./principal_components.ts";
export { DISPLAY, display, type Displayable, type DisplayOptions, type MediaBundle } from "./display.ts";
export { Progress, type ProgressOptions } from "./progress.ts";
export { type CurveRow, LiveCurve } from "./live_curve.ts";
export { LiveFigure } from "./live_figure.ts";
