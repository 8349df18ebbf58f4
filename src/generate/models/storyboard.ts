/**
 * The local model: it turns a prompt into a real film of text cards over moving scenery, with sound, by ffmpeg
 * alone: no GPU, no network. The prompt never meets a shell or the arguments of a program.
 *
 * Its stages are honest: `plan` divides the prompt into scenes and draws their shapes; `render_and_encode` is one
 * pass of ffmpeg that composes every frame and compresses it, its steps are frames.
 */
import type { LocalVideoModel } from '../video-model.ts'
import type { StoryboardModelOptions, StoryboardRenderer } from './storyboard/renderer.ts'

/** Makes the model. It does nothing, and its code is not even loaded, until it is asked for a video. */
export function storyboardModel(options: StoryboardModelOptions): LocalVideoModel {
  let renderer: Promise<StoryboardRenderer> | undefined
  const open = async () => {
    const { StoryboardRenderer } = await import('./storyboard/renderer.ts')
    return StoryboardRenderer.open(options)
  }
  return {
    provider: 'ffmpeg',
    modelId: 'storyboard',
    defaults: { width: 640, height: 360, fps: 24, durationSeconds: 4 },
    async doGenerateToFile(request) {
      request.onStage('plan')
      // A failure is not kept: what was missing may be there the next time.
      renderer ??= open().catch((error: unknown) => {
        renderer = undefined
        throw error
      })
      return (await renderer).render(request)
    },
  }
}
