// Bundles the desk's style sheet and scripts into ../static/build and copies the fonts.
// Names are fixed (the static-files storage adds the hash): desk.css, desk.js, charts.js, fonts/*.woff2.
// Papers are set with the same family as whole fonts (TTF), which lie beside their template and are not served.

import { build } from 'esbuild'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const out = join(here, '..', 'static', 'build')
const packages = join(here, 'node_modules', '@fontsource')
const whole = join(here, 'node_modules', '@expo-google-fonts')
const papers = join(here, '..', '..', 'formats', 'paper', 'build')

const families = [
  { family: 'IBM Plex Sans', folder: 'ibm-plex-sans', subsets: ['latin-ext', 'latin'] },
  { family: 'IBM Plex Sans Arabic', folder: 'ibm-plex-sans-arabic', subsets: ['arabic'] },
]
const weights = [400, 500, 600]

// The ranges come from the font package, so a font update brings its own.
async function fontFaces() {
  const faces = []
  await mkdir(join(out, 'fonts'), { recursive: true })
  for (const { family, folder, subsets } of families) {
    for (const weight of weights) {
      for (const subset of subsets) {
        const file = `${folder}-${subset}-${weight}-normal.woff2`
        await copyFile(join(packages, folder, 'files', file), join(out, 'fonts', file))
        const sheet = await readFile(join(packages, folder, `${weight}.css`), 'utf8')
        const block = sheet.split('@font-face').find((part) => part.includes(file))
        const range = block.match(/unicode-range:\s*([^;]+);/)[1]
        faces.push(
          `@font-face{font-family:"${family}";font-style:normal;font-weight:${weight};font-display:swap;` +
            `src:url(fonts/${file}) format("woff2");unicode-range:${range}}`,
        )
      }
    }
  }
  return faces.join('\n')
}

async function paperFonts() {
  const styles = ['400Regular', '500Medium', '600SemiBold']
  await rm(papers, { recursive: true, force: true })
  await mkdir(papers, { recursive: true })
  for (const [folder, name] of [['ibm-plex-sans', 'IBMPlexSans'], ['ibm-plex-sans-arabic', 'IBMPlexSansArabic']]) {
    for (const style of styles) {
      const file = `${name}_${style}.ttf`
      await copyFile(join(whole, folder, style, file), join(papers, file))
    }
  }
}

await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
const faces = await fontFaces()
await paperFonts()

const common = { bundle: true, minify: true, logLevel: 'warning', absWorkingDir: here, legalComments: 'linked' }
await build({ ...common, entryPoints: ['css/desk.css'], outfile: join(out, 'desk.css'), banner: { css: '' } })
await build({ ...common, entryPoints: ['js/desk.js'], outfile: join(out, 'desk.js'), format: 'esm', target: 'es2022' })
await build({ ...common, entryPoints: ['js/charts.js'], outfile: join(out, 'charts.js'), format: 'esm', target: 'es2022' })

// Font faces stay outside the layers and go after the layer order statement, so they are appended.
const sheet = join(out, 'desk.css')
await writeFile(sheet, `${await readFile(sheet, 'utf8')}\n${faces}\n`)
